internal import VCIFuzzing

extension FoundDifference {
  /// The difference as a finding of a campaign; `nil` if a clause leaves the choice.
  var discrepancy: Discrepancy? {
    guard key.cause != .choice else { return nil }
    return .disagreement(
      in: key.kind.rawValue, key.cause.rawValue, decidedBy: key.rule, groups.map(\.words),
      "\(request): \(key.about); \(answers.map(\.campaignWords).joined(separator: "; "))")
  }

  /// Programs of one side.
  private struct Group {
    let programs: [Int]
    let isAllowed: Bool

    var words: String {
      "\(Matrix.Answer.numbers(programs))=\(isAllowed ? "allowed" : "wrong")"
    }
  }

  /// The two sides: those that are wrong, and all that are right; or two that are right in
  /// different ways.
  private var groups: [Group] {
    let right = answers.filter(\.isAllowed).flatMap(\.implementations).sorted()
    let groups =
      key.cause == .rule && !right.isEmpty
      ? [Group(programs: key.wrong, isAllowed: false), Group(programs: right, isAllowed: true)]
      : sides.map { side in
        let answer = answers.first { $0.implementations.contains(side) }
        return Group(
          programs: answer?.implementations ?? [side], isAllowed: answer?.isAllowed ?? false)
      }
    return groups.sorted { $0.programs[0] < $1.programs[0] }
  }
}

extension Matrix.Answer {
  /// Programs as a campaign numbers them, from 1.
  fileprivate static func numbers(_ programs: [Int]) -> String {
    programs.map { "\($0 + 1)" }.joined(separator: ",")
  }

  fileprivate var campaignWords: String {
    "\(Self.numbers(implementations)): \(answer) (\(isAllowed ? "allowed" : "wrong"))"
  }
}
