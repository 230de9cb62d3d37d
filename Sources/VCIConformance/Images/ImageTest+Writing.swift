internal import SystemPackage
internal import VCIChecker
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

extension ImageTest {
  /// VCI-RD-003, VCI-WR-001: opens the image, a copy of which is in `file`, for writing, and closes
  /// it unchanged.
  func compareOpenForWriting(_ run: TestRun, _ file: FilePath) {
    guard run.has("open-rw"), run.has("close") else { return }
    let request = PortRequest.open(image: file, handle: "w", .writing)
    guard let answer = run.ask(request, .openForWriting, .openForWriting) else { return }
    let allowed = expected.answers.openForWriting
    switch answer {
    case .refused(let refusal):
      if refusal.class == OpenAnswer.noRoom.rawValue {
        guard !allowed.answers.contains(.noRoom) else { return }
        return run.fail(
          .openForWriting, .openForWriting, .rejectedValid, request,
          expected: allowed.words, got: "refused\(refusal), and there is room")
      }
      guard allowed.answers.contains(.refused) else {
        return run.fail(
          .openForWriting, .openForWriting, .rejectedValid, request, expected: allowed.words,
          got: "refused\(refusal)")
      }
      if run.capabilities.features.contains(.recovery), allowed.answers.contains(.taken) {
        return run.fail(
          .openForWriting, .openForWriting, .declaredButUnsupported, request,
          expected: "taken, since dirty-recovery is declared", got: "refused\(refusal)")
      }
      compareRule(run, refusal, allowed.rules, request, .openForWriting, .openForWriting)
    default:
      guard allowed.answers.contains(.taken) else {
        run.fail(
          .openForWriting, .openForWriting, .acceptedInvalid, request, expected: allowed.words,
          got: "taken")
        _ = run.ask(.close(handle: "w"), .openForWriting, .openForWriting)
        return
      }
      let close = PortRequest.close(handle: "w")
      guard let closed = run.ask(close, .openForWriting, .validAfterClose) else { return }
      guard case .done = closed else {
        return run.fail(
          .openForWriting, .validAfterClose, .operationFailed, close, expected: "done",
          got: "\(closed)")
      }
      compareClosed(run, file)
    }
  }

  /// Compares the file after it was opened for writing and closed.
  private func compareClosed(_ run: TestRun, _ path: FilePath) {
    let close = PortRequest.close(handle: "w")
    guard let file = run.open(path, close, .untouchedBytes) else { return }
    defer { file.close() }
    guard let offset = file.firstDifference(from: expected.bytes) else { return }
    // What becomes of an image that is not clean is left to each program.
    guard expected.verdict != .clean else {
      return run.fail(
        .untouchedBytes, .validAfterClose, .modified, close,
        expected: "a clean image stays as it is", got: "byte \(offset) was changed",
        .change(at: offset))
    }
    guard let report = try? Checker().check(WorkFileSource(file)) else {
      return run.fail(
        .openForWriting, .validAfterClose, .rejectedByChecker, close,
        expected: "a valid, clean image", got: "it cannot be read, or changes meanwhile")
    }
    guard report.verdict == .clean else {
      let finding = report.findings.first { Verdict(of: $0) == report.verdict }
      return run.fail(
        .openForWriting, .validAfterClose, .rejectedByChecker, close,
        expected: "a valid, clean image", got: finding.map { "\($0)" } ?? "\(report.verdict)",
        finding.map { .rejected(for: $0) })
    }
  }
}

extension OpenAnswers {
  /// The answers in words.
  fileprivate var words: String {
    let rules = rules.rules.isEmpty ? "" : " for \(rules.words)"
    return answers.map { $0 == .refused ? $0.rawValue + rules : $0.rawValue }
      .joined(separator: " or ")
  }
}

/// A file of a test as a source of bytes.
final class WorkFileSource: ByteSource {
  private let file: WorkFile

  init(_ file: WorkFile) { self.file = file }

  func byteCount() throws(StorageError) -> UInt64 { file.size }

  func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    let bytes = file.bytes(at: offset, count: buffer.byteCount)
    unsafe buffer.copy(bytes.span.bytes, to: 0)
    return bytes.count
  }

  func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    file.nextData(from: offset)
  }
}
