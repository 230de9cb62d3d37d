internal import VCIFuzzing

/// What programs answer about one image where the verdict leaves no choice.
///
/// In each area a program either answers as the verdict has it, however it divides its answers, or
/// fails in some way. Two that do not fall into the same group disagree. A program that gives no
/// answer, or not the same one twice, is in no group.
struct Disagreement {
  /// What programs with one kind of answer have in common.
  private struct Group {
    let kind: TestFailure.Kind?
    var programs: [Int]
    let failure: TestFailure?

    var names: String { programs.map { "\($0)" }.joined(separator: ",") }
    var words: String { "\(names)=\(kind?.rawValue ?? "as-expected")" }
  }

  private var groups: [Area: [Group]] = [:]

  /// Notes what came of the test of program `number`. Programs are noted in ascending order.
  mutating func note(_ result: TestResult, of number: Int) {
    guard !result.isFlaky, result.notRun == nil else { return }
    for area in Area.allCases where result.areas[area.rawValue] != nil {
      let failure = result.failures.first { $0.area == area }
      if let failure, !failure.kind.isAnswer { continue }
      if let index = groups[area]?.firstIndex(where: { $0.kind == failure?.kind }) {
        groups[area]?[index].programs.append(number)
      } else {
        groups[area, default: []].append(
          Group(kind: failure?.kind, programs: [number], failure: failure))
      }
    }
  }

  /// The areas in which programs disagree.
  var discrepancies: [Discrepancy] {
    Area.allCases.compactMap { area in
      guard let groups = groups[area], groups.count > 1,
        let failure = groups.compactMap(\.failure).first
      else { return nil }
      let answers = groups.map { group in
        "\(group.names): \(group.failure.map { "\($0.request): \($0.got)" } ?? "as expected")"
      }
      return .disagreement(
        in: area.rawValue, groups.map(\.words),
        "\(failure.requirement), expected \(failure.expected); \(answers.joined(separator: "; "))")
    }
  }
}

extension TestFailure.Kind {
  /// Whether a program that fails so has answered.
  fileprivate var isAnswer: Bool {
    switch self {
    case .crashed, .internalError, .timedOut, .memory, .processes, .protocolViolation,
      .declaredButUnsupported:
      false
    case .acceptedInvalid, .rejectedValid, .wrongRule, .servedDamage, .foreignData, .wrongBytes,
      .missedBlocks, .refusedRead, .wrongAnswer, .wrongFindings, .wrongExtents, .modified,
      .rejectedByChecker, .operationFailed, .refusedOwn, .clearFlag, .leftBehind, .lostFile:
      true
    }
  }
}
