internal import VCIFormat

/// What the script of a kit has written, beside what came of the same request in the test.
struct KitOutput {
  private let text: [UInt8]
  private let isSession: Bool
  private let recorder: KitRecorder

  init(_ text: [UInt8], isSession: Bool, _ recorder: KitRecorder) {
    self.text = text
    self.isSession = isSession
    self.recorder = recorder
  }

  /// Whether the answer, and the bytes that are evidence, are as in the test.
  var showsFailure: Bool {
    guard let failure = recorder.failure else { return false }
    switch failure.kind {
    // A script limits neither memory nor processes, and sees one line of what a program says.
    case .memory, .processes, .protocolViolation: return true
    default: return answer == expected && hasEvidence
    }
  }

  /// The answer in the test, without its free text; `nil` if there was none.
  private var expected: PortAnswer? { recorder.answer.map(Self.plain) }

  private static func plain(_ answer: PortAnswer) -> PortAnswer {
    guard case .refused(var refusal) = answer else { return answer }
    refusal.message = nil
    return .refused(refusal)
  }

  private var lines: [[UInt8]] {
    text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
  }

  /// The index of the first line of the answer.
  private var answerLine: Int { recorder.hasEarlierWrite ? 2 : 1 }

  /// The answer that the script has written; `nil` if it is none.
  private var answer: PortAnswer? {
    guard let request = recorder.steps.last?.request else { return nil }
    return isSession ? sessionAnswer(to: request) : simpleAnswer(to: request)
  }

  private func sessionAnswer(to request: PortRequest) -> PortAnswer? {
    guard lines.count > answerLine else { return nil }
    // A long answer is cut.
    guard lines[answerLine].count < 10_000 else { return expected }
    let answer = try? AnswerLine.answer(
      lines[answerLine], to: request, id: UInt64(recorder.steps.count + 1))
    return answer.map(Self.plain)
  }

  private func simpleAnswer(to request: PortRequest) -> PortAnswer? {
    let head = String(decoding: lines.first ?? [], as: UTF8.self).split(separator: " ")
    switch head.dropFirst().first {
    case "0":
      guard request.op != "close" else { return .done(.nothing) }
      let evidence = recorder.evidence == nil ? 0 : evidenceLines
      let output = lines.dropFirst(answerLine).dropLast(evidence + 1)
      // A long output is cut.
      guard output.count < 100 else { return expected }
      let bytes = output.flatMap { $0 + [UInt8(ascii: "\n")] }
      return (try? SimpleOutput(bytes).details(of: request)).map { .done($0) }
    case "10":
      let reason = head.dropFirst(2).first.map(String.init) ?? ""
      return .refused(
        reason.hasPrefix("VCI-")
          ? PortAnswer.Refusal(rule: reason) : PortAnswer.Refusal(class: reason))
    case "4": return .unsupported(feature: head.dropFirst(2).first.map(String.init) ?? "unnamed")
    case "5", "64": return .notImplemented
    default: return nil
    }
  }

  /// The number of lines that `od` writes, or of the words for a condition.
  private var evidenceLines: Int {
    recorder.evidence?.condition != nil ? 1 : (recorder.evidenceBytes.count + 15) / 16
  }

  private var hasEvidence: Bool {
    guard let evidence = recorder.evidence else { return true }
    let end = lines.dropLast().suffix(evidenceLines).map { String(decoding: $0, as: UTF8.self) }
    if let condition = evidence.condition { return end == [condition.holds] }
    let bytes = end.flatMap { $0.split(separator: " ") }.map { UInt8($0, radix: 16) }
    return bytes == recorder.evidenceBytes
  }
}
