public import VCIFormat

/// A finding, as far as it is forecast and compared.
public struct ForecastFinding: Hashable, Comparable, Sendable {
  /// The broken rule.
  public let rule: Rule
  /// What follows from it, for this image.
  public let ruleClass: RuleClass
  /// The byte at which a checker points.
  public let offset: UInt64

  /// Makes a forecast finding of these values.
  public init(_ rule: Rule, _ ruleClass: RuleClass, at offset: UInt64) {
    self.rule = rule
    self.ruleClass = ruleClass
    self.offset = offset
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.rule.index, left.offset) < (right.rule.index, right.offset)
  }
}

extension ForecastFinding: CustomStringConvertible {
  public var description: String { "\(rule) \(ruleClass) at 0x\(String(offset, radix: 16))" }
}

/// What a check of an image finds, told from the plan and its edits before any checker runs.
///
/// Every rule is asked of the model on its own; then each rule's `needs` silence it. So a forecast
/// knows nothing of the order in which a checker works, and convicts one that judges too much as
/// well as one that judges too little.
public struct Forecast: Hashable, Sendable {
  /// The findings, by rule and place.
  public private(set) var findings: [ForecastFinding] = []
  /// The rules for which a probe refuses the image.
  public private(set) var refusedByProbe = RuleSet()
  /// The rules for which an open refuses it.
  public private(set) var refusedByOpen = RuleSet()

  /// The forecast for an image; `nil` where its edits lead to bytes that the model does not know.
  public init?(_ model: ImageModel) {
    var suspects = Suspects(model)
    suspects.judgeFile()
    suspects.judgeHeader()
    if !suspects.isOver(before: .map) {
      guard suspects.judgeMap() else { return nil }
    }
    if !suspects.isOver(before: .root) {
      guard suspects.judgeRoot() else { return nil }
    }
    if !suspects.isOver(before: .tree) {
      guard suspects.judgeTree() else { return nil }
    }
    let convicted = suspects.convicted()
    findings = convicted.map(\.finding).sorted()
    for suspect in convicted where suspect.finding.ruleClass == .corruption {
      if suspect.stage == .probe { refusedByProbe.insert(suspect.finding.rule) }
      if suspect.stage <= .open { refusedByOpen.insert(suspect.finding.rule) }
    }
  }
}
