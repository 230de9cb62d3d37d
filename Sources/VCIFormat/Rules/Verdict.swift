/// What is to be said of an image as a whole; its raw value is the tools' exit code.
public enum Verdict: Int32, CaseIterable, Sendable {
  /// It could not be judged to the end.
  case incomplete = 1
  /// It is no image at all: `VCI-FILE-001` or `VCI-HDR-001`.
  case notAnImage = 5
  /// It is of a version that nobody knows: `VCI-HDR-002`.
  case unsupportedVersion = 6
  /// It has a corruption.
  case corrupt = 2
  /// It has a leak, or a summary that can be recomputed.
  case repairable = 3
  /// It was not closed cleanly.
  case dirty = 4
  /// It has nothing but advice.
  case clean = 0

  /// Its place in the order in which verdicts apply.
  private var rank: Int {
    switch self {
    case .incomplete: 0
    case .notAnImage: 1
    case .unsupportedVersion: 2
    case .corrupt: 3
    case .repairable: 4
    case .dirty: 5
    case .clean: 6
    }
  }

  /// Whether it applies rather than `other`, where both could.
  public func precedes(_ other: Verdict) -> Bool { rank < other.rank }

  /// The verdict on an image with these findings, judged to the end or not.
  public static func of(_ findings: some Sequence<Violation>, complete: Bool) -> Verdict {
    first(of: findings.map { Verdict(of: $0) } + (complete ? [] : [.incomplete]))
  }

  /// The verdict that applies first; `clean` where there is none.
  public static func first(of verdicts: some Sequence<Verdict>) -> Verdict {
    verdicts.min { $0.precedes($1) } ?? .clean
  }

  /// The verdict on an image with this finding alone.
  public init(of finding: Violation) {
    self.init(of: finding.rule, finding.ruleClass)
  }

  /// The verdict on an image in which `rule` alone is broken, which means `ruleClass` there.
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
