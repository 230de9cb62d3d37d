internal import VCIConformance

/// A verdict as it stands in a page: a sign, the class that gives it its colour, and a word, so
/// that no verdict shows by its colour alone.
struct Sign: Hashable, Sendable {
  let sign: String
  let style: String
  let word: String

  static let right = Sign(sign: "✓", style: "right", word: "right")
  static let wrong = Sign(sign: "✗", style: "wrong", word: "wrong")
  static let absent = Sign(sign: "–", style: "absent", word: "not applicable")
  static let unasked = Sign(sign: "·", style: "absent", word: "not asked")

  /// The sign of a program by its exit code.
  static func ofProgram(exit: Int32) -> Sign {
    switch exit {
    case 0: Sign(sign: "✓", style: "right", word: "conforms")
    case 1: Sign(sign: "✗", style: "wrong", word: "does not conform")
    default: Sign(sign: "–", style: "open", word: "incomplete")
    }
  }

  static func of(_ verdict: Matrix.Cell.Verdict) -> Sign {
    switch verdict {
    case .right: right
    case .wrong: wrong
    case .notApplicable: absent
    case .notAsked: unasked
    }
  }
}
