internal import SystemPackage
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

extension ImageTest {
  /// VCI-WR-007: opens the image with its own modification UUID, and with one that differs in one
  /// bit, or is nil.
  func compareState(_ run: TestRun, _ file: FilePath) {
    guard expected.answers.corruptions.isEmpty, run.capabilities.features.contains(.modUUID),
      run.has("open-ro")
    else { return }
    let stored = expected.bytes.header.modificationUUID
    let own = PortRequest.open(image: file, handle: "m", .reading, modUUID: stored)
    guard let answer = run.ask(own, .open, .modificationUUID) else { return }
    if case .refused(let refusal) = answer {
      return run.fail(
        .open, .modificationUUID, .rejectedValid, own, expected: "taken", got: "refused\(refusal)")
    }
    guard run.ask(.close(handle: "m"), .open, .modificationUUID) != nil else { return }
    let draw = Int(name.utf8.reduce(UInt32(0)) { ($0 &+ UInt32($1)) &* 2_654_435_761 } >> 16)
    let other = draw % 9 == 8 && stored != .nil ? .nil : stored.flipped(draw / 9 % 128)
    let request = PortRequest.open(image: file, handle: "m", .reading, modUUID: other)
    guard let answer = run.ask(request, .open, .modificationUUID) else { return }
    if case .refused(let refusal) = answer, refusal.class == "not-up-to-date" { return }
    run.fail(
      .open, .modificationUUID, .acceptedInvalid, request,
      expected: "refused, of class not-up-to-date",
      got: "\(answer)")
    if case .done = answer { _ = run.ask(.close(handle: "m"), .open, .modificationUUID) }
  }
}
