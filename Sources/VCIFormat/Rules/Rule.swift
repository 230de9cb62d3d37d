/// A rule of the format: the clause with its ID in `Specs/VCI.md`.
///
/// IDs and meanings are for ever: a rule may be retired, but its ID is never used again. No switch
/// over rules has a `default`, so a new rule does not compile before it has all that a rule needs.
public enum Rule: String, CaseIterable, Sendable {
  case fileHoldsHeader = "VCI-FILE-001"
  case fileSizeWhole = "VCI-FILE-002"
  case fileWithinCapacity = "VCI-FILE-003"
  case fixedFileFull = "VCI-FILE-004"
  case mapAndRootInFile = "VCI-FILE-005"
  case dataInFile = "VCI-FILE-006"

  case headerSignature = "VCI-HDR-001"
  case headerVersion = "VCI-HDR-002"
  case headerBlocks = "VCI-HDR-003"
  case headerUncleanShutdown = "VCI-HDR-004"
  case headerCacheType = "VCI-HDR-005"
  case rootInRange = "VCI-HDR-006"
  case mapInRange = "VCI-HDR-007"
  case mapApartFromRoot = "VCI-HDR-008"
  case mapBlocksFit = "VCI-HDR-009"
  case headerReservedZero = "VCI-HDR-010"
  case headerImageUUID = "VCI-HDR-011"
  case headerBlocksWhole = "VCI-HDR-012"

  case cleanShutdown = "VCI-SHD-001"

  case mapMagic = "VCI-MAP-001"
  case mapVersion = "VCI-MAP-002"
  case mapCoversCache = "VCI-MAP-003"
  case mapCountersSum = "VCI-MAP-004"
  case mapFreeCount = "VCI-MAP-005"
  case mapTailClear = "VCI-MAP-006"
  case mapReservedZero = "VCI-MAP-007"
  case mapHoldsMetadata = "VCI-MAP-008"
  case mapTotals = "VCI-MAP-009"
  case mapTotalsApart = "VCI-MAP-010"

  case nodeType = "VCI-NODE-001"
  case childInRange = "VCI-NODE-002"
  case nodeAllocated = "VCI-NODE-003"
  case nodeNamedOnce = "VCI-NODE-004"
  case nodeApart = "VCI-NODE-005"
  case nodeEntriesFirst = "VCI-NODE-006"
  case nodeEntriesWhole = "VCI-NODE-007"
  case nodeRestZero = "VCI-NODE-008"
  case internalNodeUsed = "VCI-NODE-009"
  case leafUsed = "VCI-NODE-010"
  case leavesLevel = "VCI-NODE-011"
  case treeDepth = "VCI-NODE-012"

  case entryOrder = "VCI-INT-001"
  case entryWithinDisk = "VCI-INT-002"
  case childWithinEntry = "VCI-INT-003"

  case extentOrder = "VCI-EXT-001"
  case extentWithinDisk = "VCI-EXT-002"
  case extentInRange = "VCI-EXT-003"
  case extentAllocated = "VCI-EXT-004"
  case extentApartFromMetadata = "VCI-EXT-005"
  case extentApartFromData = "VCI-EXT-006"
  case extentFlags = "VCI-EXT-007"
  case extentReservedZero = "VCI-EXT-008"

  case lruList = "VCI-LRU-001"
  case lruLinks = "VCI-LRU-002"

  case blockOwned = "VCI-OCC-001"
}

/// The meaning of a broken rule for the data.
public enum RuleClass: String, CaseIterable, Sendable {
  /// A read or a later write can go wrong.
  case corruption
  /// A counter, list or map bit that can be recomputed is wrong.
  case summary
  /// Space is lost, the data is safe.
  case leak
  /// The image was not closed cleanly.
  case dirty
  /// Allowed, but not what a careful writer does.
  case advice
}

/// The time by which a hardened implementation finds a broken rule.
public enum Stage: UInt8, CaseIterable, Comparable, Sendable {
  /// When it tests whether the file is an image.
  case probe
  /// At any open.
  case open
  /// When the damaged part is first used.
  case touch
  /// At an open for writing, which walks the tree before the first allocation.
  case modify
  /// Only in a full check.
  case check

  public static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
}

/// The origin of a rule.
public enum Basis: String, CaseIterable, Sendable {
  /// It follows from the structures.
  case layout
  /// It follows from the comments on the structures.
  case intent
  /// This project decided it.
  case ruling
}

/// The case on which the stage of some rules depends.
public enum Situation: Sendable {
  /// The rule is broken in the root node.
  case root
  /// It is broken anywhere else.
  case elsewhere
  /// An entry names the root or an ancestor.
  case cycle
  /// An entry names a node that an earlier entry names.
  case shared
}

extension Rule: CustomStringConvertible {
  /// The ID, such as `VCI-HDR-001`.
  public var id: String { rawValue }

  public var description: String { rawValue }

  /// The rule's position in `allCases`, counted from 0.
  public var index: Int {
    // An enum without payloads is stored as its case's number, in the order of declaration.
    Int(unsafe unsafeBitCast(self, to: UInt8.self))
  }

  public static func == (left: Rule, right: Rule) -> Bool { left.index == right.index }

  public func hash(into hasher: inout Hasher) { hasher.combine(index) }

  /// What holds in an image that keeps the rule.
  public var statement: String { line.statement.description }

  /// The origin of the rule.
  public var basis: Basis { line.basis }

  /// Returns the class in a dirty or in a clean image: the bits of a dirty image are as a crash
  /// left them.
  public func ruleClass(dirty: Bool) -> RuleClass {
    dirty ? line.dirtyClass ?? line.ruleClass : line.ruleClass
  }

  /// Returns the stage by which a hardened implementation finds the broken rule.
  public func stage(in situation: Situation) -> Stage {
    switch situation {
    case .root: line.stageInRoot ?? line.stage
    case .cycle: line.stageInCycle ?? line.stage
    case .elsewhere, .shared: line.stage
    }
  }
}
