public import VCIFormat

/// The allowed answers of an open, as verdicts and manifest have them (`Specs/Verdicts.md`).
public struct AllowedOpen: Codable, Hashable, Sendable {
  /// One or more of `taken`, `refused` and `no-room`, in this order.
  public let answers: [String]
  /// The IDs of the rules that a refusal may name.
  public let rules: [String]

  /// Makes the answers of an open.
  public init(_ answers: [String], _ rules: [Rule]) {
    self.answers = answers
    self.rules = rules.map(\.id)
  }

  /// Whether the answer may be `taken`.
  public var mayTake: Bool { answers.contains("taken") }

  /// What is wrong with the answers, if anything.
  var flaw: String? {
    guard !answers.isEmpty, answers == Self.words.filter(answers.contains) else {
      return "the answers \(answers) of an open"
    }
    return Vector.flaw(ofRules: rules)
  }

  private static let words = ["taken", "refused", "no-room"]
}
