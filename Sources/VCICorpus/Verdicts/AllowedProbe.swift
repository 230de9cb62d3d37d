public import VCIFormat

/// The allowed answers of a probe, as verdicts and manifest have them (`Specs/Verdicts.md`).
public struct AllowedProbe: Codable, Hashable, Sendable {
  /// `mine` or `not-mine`.
  public let answers: [String]
  /// The IDs of the rules that a program may name; `nil` if the file is a VCI.
  public let rules: [String]?

  /// Makes the answers for a file that breaks these rules of stage probe.
  public init(refusedFor rules: [Rule]) {
    answers = [rules.isEmpty ? "mine" : "not-mine"]
    self.rules = rules.isEmpty ? nil : rules.map(\.id)
  }

  /// What is wrong with the answers, if anything.
  var flaw: String? {
    guard answers == [rules == nil ? "mine" : "not-mine"], rules != [] else {
      return "the answers \(answers) of a probe"
    }
    return rules.flatMap { Vector.flaw(ofRules: $0) }
  }
}
