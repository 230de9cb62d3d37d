extension Discrepancy {
  /// Makes a failure of program `number`, counted from 1, which did not come again if `isFlaky`.
  /// Kind, requirement and area are those of a report of conformance.
  package static func failure(
    of number: Int, _ kind: String, _ requirement: String, in area: String, isFlaky: Bool,
    _ detail: String
  ) -> Discrepancy {
    Discrepancy(
      isFlaky ? .flaky : .adapter, nil,
      ["\(number)", kind, requirement, area].map(Self.word), detail)
  }

  /// Makes a difference of programs in an area, for a cause as a matrix names it. `rule` decides,
  /// or nothing does. Each of `answers` names programs, and whether what they answer is allowed.
  package static func disagreement(
    in area: String, _ cause: String, decidedBy rule: String?, _ answers: [String],
    _ detail: String
  ) -> Discrepancy {
    let terms = [area, cause, rule ?? undecided] + answers
    return Discrepancy(.disagreement, nil, terms.map(Self.word), detail)
  }

  /// Stands for the rule of a disagreement that none decides.
  static let undecided = "none"

  private static func word(_ text: String) -> String { text.replacing(" ", with: "-") }
}

extension DiscrepancyKind {
  /// Whether such a discrepancy is one of programs of others, and has terms.
  var isOfPrograms: Bool { [.adapter, .flaky, .disagreement].contains(self) }
}
