/// The groups of rules in the order in which a check applies them.
///
/// A corruption for which every open refuses an image ends the check at the end of its group.
public enum RuleGroup: UInt8, CaseIterable, Comparable, Sendable {
  case probe, header, map, root, tree

  /// Point 1: the rules that end a check before this group.
  public var endingRules: RuleSet { Self.endingRules[Int(rawValue)] }

  private static let endingRules: [RuleSet] = allCases.map { group in
    RuleSet(
      Rule.allCases.filter {
        $0.ruleClass(dirty: false) == .corruption && $0.stage(in: .root) <= .open
          && $0.group(in: .root) < group
      })
  }

  public static func < (left: RuleGroup, right: RuleGroup) -> Bool {
    left.rawValue < right.rawValue
  }
}

extension Rule {
  /// Returns the group in which a check applies the rule.
  public func group(in situation: Situation) -> RuleGroup {
    switch stage(in: situation) {
    case .probe: .probe
    case .open where stage(in: .elsewhere) == .touch: .root
    case .open: isOf("MAP") ? .map : .header
    case .touch, .modify: .tree
    // The totals count what the tree holds.
    case .check where self == .mapTotals || self == .mapTotalsApart: .tree
    case .check where isOf("MAP"): .map
    case .check: isOf("FILE") || isOf("HDR") || isOf("SHD") ? .header : .tree
    }
  }

  /// Returns whether the ID has these letters between its dashes.
  private func isOf(_ area: String) -> Bool { rawValue.hasPrefix("VCI-\(area)-") }
}
