internal import VCIFormat
internal import VCIGenerators

extension VerdictLine {
  /// A finding of a check.
  struct Finding: Encodable {
    let rule: String
    /// The rule's class, in this image.
    let `class`: String
    /// The rule's stage, at this place.
    let stage: String
    let path: String
    let offset: String
    let length: String

    init(_ finding: StagedFinding, _ place: Place) {
      rule = finding.finding.rule.id
      `class` = finding.finding.ruleClass.rawValue
      stage = "\(finding.stage)"
      path = "\(place.path)"
      offset = "\(finding.finding.offset)"
      length = "\(place.length)"
    }
  }

  /// The answers of a probe.
  struct Probe: Encodable {
    let answers: [String]
    /// The rules that a program may name; `nil` if the file is a VCI.
    let rules: [String]?

    init(_ refused: RuleSet) {
      answers = [refused.isEmpty ? "mine" : "not-mine"]
      rules = refused.isEmpty ? nil : refused.rules.map(\.id)
    }
  }

  /// The answers of an open.
  struct Open: Encodable {
    let answers: [String]
    /// The rules that a refusal may name.
    let rules: [String]

    init(_ allowed: OpenAnswers) {
      answers = allowed.answers.map(\.rawValue)
      rules = allowed.rules.rules.map(\.id)
    }
  }
}
