internal import SystemPackage
internal import VCICorpus
internal import VCIFormat
package import VCIFuzzing
internal import VCIGenerators

/// A test of a reader and checker with one image: whether each answer is one that the verdict of
/// the image allows (`Specs/Verdicts.md`).
package struct ImageTest: ProgramTest {
  package let name: String
  let expected: Expectations
  /// The handle for reading.
  private let handle = "h"

  /// How the image was made, in words.
  let about: String

  package init(_ name: String, _ expected: Expectations, about: String = "") {
    self.name = name
    self.expected = expected
    self.about = about
  }

  /// The features without which a program need not take the image.
  var needs: [Feature] {
    guard expected.answers.openForReading.answers.contains(.taken) else { return [] }
    let root = expected.bytes.header.treeRoot
    var needs: [Feature] = []
    if expected.bytes.bytes(at: root.bytes, count: 1) == [NodeType.internal.rawValue] {
      needs.append(.trees)
    }
    if let reads = expected.reads, reads.count > 0,
      reads.run(reads.count - 1).end.rawValue > 1 << 32
    {
      needs.append(.wideDisks)
    }
    return needs
  }

  /// The features that a program without them may say that the image needs.
  private var excuses: Set<Feature> {
    var excuses: Set<Feature> = expected.findings.isEmpty ? [] : [.recovery]
    if !expected.answers.corruptions.isEmpty { excuses.formUnion([.trees, .wideDisks]) }
    return excuses
  }

  /// Asks `adapter` about the image.
  package func run(
    _ adapter: any Adapter, in folder: WorkFolder, _ recorder: KitRecorder?
  ) -> TestResult {
    let run = TestRun(name, adapter, recorder)
    guard needs.allSatisfy(run.has) else { return run.result }
    run.needed = excuses
    var result = run.result(about: about) { () throws(WorkError) in
      let file = try folder.file(expected.bytes)
      defer { folder.remove(file) }
      compareProbe(run, file)
      try compareOpen(run, file, folder)
      compareState(run, file)
      try compareExtents(run, file, folder)
      compareCheck(run, file)
      // The copy for writing is the file itself, unless the program has changed it, or has it open
      // still because of something else that it got wrong.
      if compareUntouched(run, file), run.result.failures.isEmpty {
        compareOpenForWriting(run, file)
      } else {
        let copy = try folder.file(expected.bytes)
        defer { folder.remove(copy) }
        compareOpenForWriting(run, copy)
      }
      run.requireLimits()
    }
    result.imageBytes = expected.bytes.size
    if !result.failures.isEmpty { result.image += fileWords }
    return result
  }

  /// Size and checksum of the file that the program gets, in words.
  private var fileWords: String {
    let crc32: UInt32
    do throws(StorageError) {
      crc32 = try StoredFile.crc32(of: SparseImage(expected.bytes))
    } catch {
      preconditionFailure("an image in memory fails: \(error)")
    }
    return "; \(expected.bytes.size) bytes, CRC-32 \(Vector.text(of: crc32))"
  }

  /// VCI-RD-001: asks whether the file is a VCI.
  private func compareProbe(_ run: TestRun, _ file: FilePath) {
    guard run.has("probe") else { return }
    let request = PortRequest.probe(image: file)
    guard let answer = run.ask(request, .probe, .probe) else { return }
    let rules = expected.answers.refusedByProbe
    switch answer {
    case .done where !rules.isEmpty:
      run.fail(
        .probe, .probe, .acceptedInvalid, request, expected: "refused for \(rules.words)",
        got: "taken")
    case .refused(let refusal) where rules.isEmpty:
      run.fail(.probe, .probe, .rejectedValid, request, expected: "done", got: "refused\(refusal)")
    case .refused(let refusal):
      compareRule(run, refusal, rules, request, .probe, .probe)
    default: break
    }
  }

  /// Compares the rule that a refusal names with those that it may name.
  func compareRule(
    _ run: TestRun, _ refusal: PortAnswer.Refusal, _ rules: RuleSet, _ request: PortRequest,
    _ area: Area, _ requirement: Requirement
  ) {
    guard let name = refusal.rule, !rules.rules.contains(where: { $0.id == name }) else { return }
    run.fail(
      area, requirement, .wrongRule, request, expected: "a refusal for \(rules.words)",
      got: "refused\(refusal)")
  }

  /// VCI-RD-002, VCI-RD-005: opens the image for reading, reads from it, and closes it.
  private func compareOpen(
    _ run: TestRun, _ file: FilePath, _ folder: WorkFolder
  ) throws(WorkError) {
    guard run.has("open-ro") else { return }
    let request = PortRequest.open(image: file, handle: handle, .reading)
    let requirement: Requirement =
      expected.findings.isEmpty || !expected.answers.corruptions.isEmpty
      ? .openForReading : .harmlessFindings
    guard let answer = run.ask(request, .open, requirement) else { return }
    let allowed = expected.answers.openForReading
    switch answer {
    case .done:
      guard allowed.answers.contains(.taken) else {
        run.fail(
          .open, requirement, .acceptedInvalid, request,
          expected: "refused for \(allowed.rules.words)", got: "taken")
        break
      }
      if run.capabilities.has("read") { try compareReads(run, folder) }
    case .refused(let refusal):
      guard allowed.answers.contains(.refused) else {
        return run.fail(
          .open, requirement, .rejectedValid, request, expected: "taken",
          got: "refused\(refusal)")
      }
      return compareRule(run, refusal, allowed.rules, request, .open, requirement)
    default: return
    }
    let close = PortRequest.close(handle: handle)
    guard let closed = run.ask(close, .open, requirement) else { return }
    if case .refused(let refusal) = closed {
      run.fail(
        .open, requirement, .operationFailed, close, expected: "done", got: "refused\(refusal)")
    }
  }

  /// VCI-RD-004, VCI-RD-006: makes the reads of the verdict, forwards and then backwards.
  private func compareReads(_ run: TestRun, _ folder: WorkFolder) throws(WorkError) {
    guard let reads = expected.reads else { return }
    let comparison = ReadComparison(expected, run, folder, handle: handle)
    let chosen = AimedReads(reads).chosen()
    for read in chosen + chosen.reversed() {
      guard run.result.failures.isEmpty else { return }
      try comparison.compare(read)
    }
  }

  /// VCI-RD-007: no operation so far may have changed the file. Returns whether none has.
  private func compareUntouched(_ run: TestRun, _ file: FilePath) -> Bool {
    guard run.result.isApplicable else { return true }
    run.count(.untouchedBytes, .hostileBytes)
    guard let work = run.open(file, .probe(image: file), .untouchedBytes) else { return false }
    defer { work.close() }
    guard let offset = work.firstDifference(from: expected.bytes) else { return true }
    run.fail(
      .untouchedBytes, .hostileBytes, .modified, .probe(image: file),
      expected: "the file as it was", got: "byte \(offset) was changed",
      .change(at: offset))
    return false
  }
}

extension RuleSet {
  /// The rules' IDs.
  var words: String { rules.map(\.id).joined(separator: ", ") }
}
