internal import VCIFormat

extension Mistake {
  /// The reason why no image and no question tell the mistake; `nil` if some can.
  package var reason: String? {
    switch self {
    case .comparison(let comparison, let slip): Self.reason(comparison, slip)
    case .number(.field(let field), .double): Self.reason(rounding: field)
    case .number: nil
    case .scope(let rule, let scope): Self.reason(rule, scope)
    case .habit(.parentCycle), .habit(.rootCycle), .habit(.noCycle): Self.cycles
    case .habit: nil
    case .check(let mistake): mistake.reason
    }
  }

  private static let cycles = """
    by VCI-INT-003, what a cycle leads to lies in its own range; so each of its nodes has one entry, \
    all of the same range, and no leaf below: who follows it is refused at level 16, VCI-NODE-012
    """
  private static let outside = """
    such a part lies outside of every file, so it cannot be read; what an access out of bounds does, \
    VCI-RD-007, is not compared
    """

  private static func reason(_ comparison: Comparison, _ slip: Slip) -> String? {
    switch (comparison, slip) {
    case (.blocksLow, .dropped), (.blocksLow, .lax):
      "map and root do not fit: VCI-HDR-006, VCI-HDR-007 or VCI-HDR-008 refuses"
    case (.rootHigh, .wraps(64)), (.mapHigh, .wraps(64)), (.childHigh, .wraps(64)): outside
    case (.rootBeforeMap, .signed), (.rootBeforeMap, .wraps(63)), (.rootBeforeMap, .wraps(64)),
      (.mapBeforeRoot, .signed), (.mapBeforeRoot, .wraps(63)), (.mapBeforeRoot, .wraps(64)):
      "VCI-HDR-006 and VCI-HDR-007 leave only places below 2^44"
    case (.entryOrder, .signed), (.entryOrder, .wraps(63)), (.entryOrder, .wraps(64)):
      "the same node then breaks VCI-INT-002; at level 16 neither rule is judged"
    case (.extentOrder, .signed), (.extentOrder, .wraps(63)), (.extentOrder, .wraps(64)):
      "the same node then breaks VCI-EXT-002"
    case (.childStart, .signed):
      """
      the entry's offset is at most 2^54, VCI-INT-002, and a child that starts at 2^63 or later also \
      ends after the entry
      """
    default: nil
    }
  }

  private static let rounded = """
    rounding changes only numbers above 2^53 and leaves them there; legal ones are below 2^44
    """

  private static func reason(rounding field: Field) -> String? {
    switch field {
    case .blocks, .treeRoot, .blockMap, .mapBlocks, .extentAddress, .entryChild: rounded
    case .mapFree, .mapMetadata, .mapData: rounded + ", if converting back saturates"
    default: nil
    }
  }

  private static func reason(_ rule: Rule, _ scope: Scope) -> String? {
    switch (rule, scope) {
    case (.leafUsed, .belowRoot): "the rule is about leaves below the root only"
    case (.entryOrder, .notFirst), (.extentOrder, .notFirst), (.nodeEntriesFirst, .notFirst):
      "the rule is judged at the later of two slots, and none stands before the first"
    default: nil
    }
  }
}
