public import VCIFormat

/// A finding of a check, as verdicts and manifest have it (`Specs/Verdicts.md`).
public struct ListedFinding: Codable, Hashable, Sendable {
  /// The rule's ID.
  public let rule: String
  /// The rule's class, in this image.
  public let `class`: String
  /// The rule's stage, at this place.
  public let stage: String
  /// The path of the place.
  public let path: String
  /// The first byte of the place.
  public let offset: Digits
  /// The number of bytes of the place.
  public let length: Digits

  /// Makes a finding of these values.
  public init(_ rule: Rule, _ ruleClass: RuleClass, _ stage: Stage, _ place: Place) {
    self.rule = rule.id
    self.class = ruleClass.rawValue
    self.stage = "\(stage)"
    path = "\(place.path)"
    offset = Digits(place.offset)
    length = Digits(place.length)
  }

  /// What is wrong with the finding, if anything.
  var flaw: String? {
    if Rule(rawValue: rule) == nil { return "there is no rule \(rule)" }
    if RuleClass(rawValue: `class`) == nil { return "there is no class \(`class`)" }
    let isStage = Stage.allCases.contains { "\($0)" == stage }
    return isStage ? nil : "there is no stage \(stage)"
  }
}

extension ListedFinding: CustomStringConvertible {
  public var description: String { "\(rule) \(`class`) at \(offset)" }
}
