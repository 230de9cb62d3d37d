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

  private static let cycles =
    "VCI-INT-003 leaves a cycle one range at all levels, and VCI-NODE-012 refuses that"
  private static let outside = "what would be read lies outside of every file"

  private static func reason(_ comparison: Comparison, _ slip: Slip) -> String? {
    switch (comparison, slip) {
    case (.blocksLow, .dropped), (.blocksLow, .lax):
      "map and root do not fit: VCI-HDR-006, VCI-HDR-007 or VCI-HDR-008 refuses"
    case (.blocksHigh, .dropped), (.blocksHigh, .lax), (.blocksHigh, .signed):
      "cBlkMap has 32 bits: VCI-HDR-009 refuses"
    case (.rootHigh, .signed), (.mapHigh, .signed), (.childHigh, .signed), (.rootHigh, .wraps(63)),
      (.rootHigh, .wraps(64)), (.mapHigh, .wraps(63)), (.mapHigh, .wraps(64)),
      (.childHigh, .wraps(63)), (.childHigh, .wraps(64)):
      outside
    case (.rootBeforeMap, .signed), (.rootBeforeMap, .wraps), (.mapBeforeRoot, .signed),
      (.mapBeforeRoot, .wraps):
      "VCI-HDR-006 and VCI-HDR-007 refuse such places, and below 2^32 both are right"
    case (.entryOrder, .signed), (.entryOrder, .wraps(63)), (.entryOrder, .wraps(64)):
      "VCI-INT-002 refuses numbers of such a size"
    case (.extentOrder, .signed), (.extentOrder, .wraps(63)), (.extentOrder, .wraps(64)):
      "VCI-EXT-002 refuses numbers of such a size"
    case (.childStart, .signed), (.childEnd, .signed), (.childEnd, .wraps(63)),
      (.childEnd, .wraps(64)):
      "VCI-INT-002 and VCI-EXT-002 refuse numbers of such a size"
    default: nil
    }
  }

  private static func reason(rounding field: Field) -> String? {
    switch field {
    case .blocks, .treeRoot, .blockMap, .mapBlocks, .mapFree, .mapMetadata, .mapData,
      .extentAddress, .entryChild:
      "legal numbers have at most 44 bits, and rounding makes none of a larger one"
    default: nil
    }
  }

  private static func reason(_ rule: Rule, _ scope: Scope) -> String? {
    switch (rule, scope) {
    case (.leafUsed, .belowRoot): "the rule is about leaves below the root only"
    case (.entryOrder, .notFirst), (.extentOrder, .notFirst), (.nodeEntriesFirst, .notFirst):
      "no entry stands before the first"
    case (.internalNodeUsed, .rootOnly), (.internalNodeUsed, .oneLevelBelow):
      "a miss in the place of a refusal is right, VCI-RD-004"
    case (.entryWithinDisk, .rootOnly), (.entryWithinDisk, .oneLevelBelow),
      (.extentWithinDisk, .rootOnly), (.extentWithinDisk, .oneLevelBelow):
      "VCI-INT-003 refuses it below the root"
    default: nil
    }
  }
}
