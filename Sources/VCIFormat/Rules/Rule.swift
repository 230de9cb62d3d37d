/// A rule of the format, each with the clause of the same ID in `Specs/VCI.md`.
///
/// IDs and meanings are for ever: a rule may be retired, its ID is never used again. Nothing
/// switches over rules with a default, so that a new rule does not compile until it has
/// everything that a rule has.
public enum Rule: UInt8, CaseIterable, Sendable {
  case fileHoldsHeader
  case fileSizeWhole
  case fileWithinCapacity
  case fixedFileFull
  case mapAndRootInFile
  case dataInFile

  case headerSignature
  case headerVersion
  case headerBlocks
  case headerUncleanShutdown
  case headerCacheType
  case rootInRange
  case mapInRange
  case mapApartFromRoot
  case mapBlocksFit
  case headerReservedZero
  case headerImageUUID
  case headerBlocksWhole

  case cleanShutdown

  case mapMagic
  case mapVersion
  case mapCoversCache
  case mapCountersSum
  case mapFreeCount
  case mapTailClear
  case mapReservedZero
  case mapHoldsMetadata
  case mapTotals
  case mapTotalsApart

  case nodeType
  case childInRange
  case nodeAllocated
  case nodeNamedOnce
  case nodeApart
  case nodeEntriesFirst
  case nodeEntriesWhole
  case nodeRestZero
  case internalNodeUsed
  case leafUsed
  case leavesLevel
  case treeDepth

  case entryOrder
  case entryWithinDisk
  case childWithinEntry

  case extentOrder
  case extentWithinDisk
  case extentInRange
  case extentAllocated
  case extentApartFromMetadata
  case extentApartFromData
  case extentFlags
  case extentReservedZero

  case lruList
  case lruLinks

  case blockOwned
}

/// What a broken rule means for the data.
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

/// When a hardened implementation finds a broken rule at the latest.
public enum Stage: UInt8, CaseIterable, Comparable, Sendable {
  /// When it asks whether the file is an image.
  case probe
  /// At any open.
  case open
  /// When the damaged part is first used.
  case touch
  /// At an open for writing, which walks the tree before the first allocation.
  case modify
  /// In a full check, and nowhere before.
  case check

  public static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
}

/// Where a rule comes from.
public enum Basis: String, CaseIterable, Sendable {
  /// It follows from the structures.
  case layout
  /// It follows from the comments that describe them.
  case intent
  /// This project decided it.
  case ruling
}

/// What the stage of some rules depends on.
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
  public var id: String { "VCI-\(entry.area)-\(entry.number)" }

  /// The letters between the dashes of the ID.
  public var area: String { entry.area.description }

  public var description: String { id }

  /// The rule whose ID is `id`; `nil` where there is none.
  public init?(id: String) {
    guard let rule = Rule.allCases.first(where: { $0.id == id }) else { return nil }
    self = rule
  }

  /// What holds in an image that keeps the rule.
  public var statement: String { entry.statement.description }

  /// Where the rule comes from.
  public var basis: Basis { entry.basis }

  /// What a broken rule means, in an image that is dirty or is not: the bits of a dirty image are
  /// what a crash leaves.
  public func ruleClass(dirty: Bool) -> RuleClass {
    switch entry.ruleClass {
    case .always(let ruleClass): ruleClass
    case .summaryIfDirty(let ruleClass): dirty ? .summary : ruleClass
    }
  }

  /// When a hardened implementation finds it at the latest.
  public func stage(in situation: Situation) -> Stage {
    switch entry.stage {
    case .always(let stage): stage
    case .openInRoot: situation == .root ? .open : .touch
    case .touchInCycle: situation == .cycle ? .touch : .modify
    }
  }
}

/// How the class of a rule depends on the image.
enum ClassRule {
  case always(RuleClass)
  case summaryIfDirty(RuleClass)
}

/// How the stage of a rule depends on the situation.
enum StageRule {
  case always(Stage)
  case openInRoot
  case touchInCycle
}
