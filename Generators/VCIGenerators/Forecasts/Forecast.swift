package import VCIFormat

/// A finding, as far as it is forecast and compared.
package struct ForecastFinding: Hashable, Comparable, Sendable {
  package let rule: Rule
  /// The rule's class in this image: some depend on whether it is dirty.
  package let ruleClass: RuleClass
  /// The byte of the file at which a check points.
  package let offset: UInt64

  package init(_ rule: Rule, _ ruleClass: RuleClass, at offset: UInt64) {
    self.rule = rule
    self.ruleClass = ruleClass
    self.offset = offset
  }

  package static func < (left: Self, right: Self) -> Bool {
    (left.rule.index, left.offset) < (right.rule.index, right.offset)
  }
}

extension ForecastFinding: CustomStringConvertible {
  package var description: String { "\(rule) \(ruleClass) at 0x\(String(offset, radix: 16))" }
}

/// A finding with the stage by which a hardened program finds it at its place.
package struct StagedFinding: Hashable, Sendable {
  package let finding: ForecastFinding
  package let stage: Stage

  package init(_ finding: ForecastFinding, _ stage: Stage) {
    self.finding = finding
    self.stage = stage
  }

  /// Whether it is a corruption in this image.
  package var isCorruption: Bool { finding.ruleClass == .corruption }

  /// Stages the findings of an image without a model: its bytes say where the root is. A node that
  /// two entries name is taken for a shared one, not for a cycle.
  package static func staged(_ findings: [ForecastFinding], in bytes: SparseBytes) -> [Self] {
    let root = bytes.header.treeRoot.bytes
    return findings.map { finding in
      let isRoot = finding.offset >= root && finding.offset - root < UInt64(Format.nodeSize)
      let isBelow = finding.rule.group(in: .root) == .root && !isRoot
      return Self(finding, finding.rule.stage(in: isBelow ? .elsewhere : .root))
    }
  }
}

/// What a check of an image must find, predicted from the image's model before any checker runs.
///
/// Each rule is evaluated on the model by itself; then broken rules silence others, as the
/// specification says. A forecast does not depend on the order in which a checker works, so a
/// checker that finds too much differs from it as well as one that finds too little.
package struct Forecast: Hashable, Sendable {
  /// The findings, sorted by rule and offset.
  package private(set) var findings: [ForecastFinding] = []
  /// The findings with their stages, in the same order.
  package private(set) var staged: [StagedFinding] = []
  /// The rules for which a probe refuses the image.
  package private(set) var refusedByProbe = RuleSet()
  /// The rules for which an open refuses it.
  package private(set) var refusedByOpen = RuleSet()

  /// Predicts the findings of an image; `nil` if its addresses lead to bytes that the model does
  /// not know.
  package init?(_ model: ImageModel) { self.init(model, without: nil) }

  /// Predicts them as if `absent` were no rule: what it silences is found too. Nodes and data that
  /// only this rule keeps from being read are not read.
  package init?(_ model: ImageModel, without absent: Rule?) {
    var rules = BrokenRules(model, without: absent)
    guard rules.predictAll() else { return nil }
    let unsilenced = rules.unsilenced()
    staged = unsilenced.map { StagedFinding($0.finding, $0.stage) }
      .sorted { $0.finding < $1.finding }
    findings = staged.map(\.finding)
    for rule in unsilenced where rule.finding.ruleClass == .corruption {
      if rule.stage == .probe { refusedByProbe.insert(rule.finding.rule) }
      if rule.stage <= .open { refusedByOpen.insert(rule.finding.rule) }
    }
  }
}

extension BrokenRules {
  /// Collects the broken rules, as far as a check gets. Returns whether the model knows all bytes
  /// to which addresses lead.
  mutating func predictAll() -> Bool {
    predictFile()
    predictHeader()
    return (isOver(before: .map) || predictMap()) && (isOver(before: .root) || predictRoot())
      && (isOver(before: .tree) || predictTree())
  }
}
