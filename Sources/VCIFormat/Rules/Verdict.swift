/// The verdict on an image as a whole; its raw value is the exit code of the tools.
public enum Verdict: Int32, CaseIterable, Sendable {
  /// It could not be checked to the end.
  case incomplete = 1
  /// It is not a VCI: VCI-FILE-001 or VCI-HDR-001.
  case notAnImage = 5
  /// Its version is unknown: VCI-HDR-002.
  case unsupportedVersion = 6
  /// It has a corruption.
  case corrupt = 2
  /// It has a leak, or a summary that can be recomputed.
  case repairable = 3
  /// It was not closed cleanly.
  case dirty = 4
  /// It has no findings but advice.
  case clean = 0

  /// Returns whether the verdict takes precedence over `other`.
  public func precedes(_ other: Verdict) -> Bool {
    // The cases are declared in this order; the first of the two is the one that precedes.
    self != other && Self.allCases.first { $0 == self || $0 == other } == self
  }

  /// Returns the verdict that takes precedence, or `clean` if there are none.
  public static func first(of verdicts: some Sequence<Verdict>) -> Verdict {
    verdicts.min { $0.precedes($1) } ?? .clean
  }

  /// Makes the verdict on an image with only this finding.
  public init(of finding: Violation) {
    self.init(of: finding.rule, finding.ruleClass)
  }

  /// Makes the verdict on an image that breaks only `rule`, of class `ruleClass` there.
  public init(of rule: Rule, _ ruleClass: RuleClass) {
    self =
      switch (rule, ruleClass) {
      case (.fileHoldsHeader, _), (.headerSignature, _): .notAnImage
      case (.headerVersion, _): .unsupportedVersion
      case (_, .corruption): .corrupt
      case (_, .leak), (_, .summary): .repairable
      case (_, .dirty): .dirty
      case (_, .advice): .clean
      }
  }
}
