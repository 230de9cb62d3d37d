/// The rules that silence a rule: where one of them is broken, it is not judged.
///
/// These are points 1, 2 and 6 of "When each rule is checked" in `Specs/VCI.md`, in one place for
/// all code that predicts findings.
public struct Needs: Hashable, Sendable {
  /// They end a check before its group: those of a node do so where the root breaks them.
  public internal(set) var ending = RuleSet()
  /// They silence it wherever in the image they are broken.
  public let anywhere: RuleSet
  /// They silence it on the object on which they are broken: a node, an extent, or a child.
  public let onObject: RuleSet

  init(_ anywhere: RuleSet = [], _ more: RuleSet = [], onObject: RuleSet = []) {
    var all = anywhere
    all.formUnion(more)
    self.anywhere = all
    self.onObject = onObject
  }

  /// All that silence it by being broken in some part of the image that need not be its own.
  public var inImage: RuleSet {
    var all = ending
    all.formUnion(anywhere)
    return all
  }
}

/// A part of an image that `VCI-FILE-005` judges apart from the other.
public enum ImagePart: Sendable {
  case map
  case root
  case other
}

/// The groups in which a check judges; a corruption that an open must refuse ends it at the end
/// of its group.
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
  /// The group in which a check judges it.
  public func group(in situation: Situation) -> RuleGroup {
    switch stage(in: situation) {
    case .probe: .probe
    case .open where stage(in: .elsewhere) == .touch: .root
    case .open: area == .map ? .map : .header
    case .touch, .modify: .tree
    case .check:
      switch area {
      case .file, .header, .shutdown: .header
      // The totals count what the tree holds.
      case .map: self == .mapTotals || self == .mapTotalsApart ? .tree : .map
      case .node, .entry, .extent, .list, .ownership: .tree
      }
    }
  }

  /// The rules that silence this one, in `situation` and, for `VCI-FILE-005`, on `part`.
  public func needs(in situation: Situation = .elsewhere, on part: ImagePart = .other) -> Needs {
    var needs = ownNeeds(on: part)
    needs.ending.formUnion(group(in: situation).endingRules)
    return needs
  }

  /// Point 6: corruptions of stage touch, below which nothing is known. Of `VCI-NODE-004` that is a
  /// cycle alone; a shared node is of stage modify, and whoever predicts one must say which it is.
  private static let touched = RuleSet(
    allCases.filter {
      $0.ruleClass(dirty: false) == .corruption
        && ($0.stage(in: .elsewhere) == .touch || $0.stage(in: .cycle) == .touch)
    })

  /// Points 2 and 6.
  private func ownNeeds(on part: ImagePart) -> Needs {
    switch self {
    case .headerSignature: Needs([.fileHoldsHeader])
    case .headerVersion: Needs([.fileHoldsHeader, .headerSignature])
    case .fileWithinCapacity, .rootInRange, .mapBlocksFit, .headerBlocksWhole:
      Needs([.headerBlocks])
    case .fixedFileFull: Needs([.headerBlocks, .headerCacheType])
    case .mapInRange: Needs([.headerBlocks, .mapBlocksFit])
    case .mapApartFromRoot: Needs([.headerBlocks, .mapBlocksFit, .rootInRange, .mapInRange])
    case .mapAndRootInFile:
      switch part {
      case .map: Needs([.headerBlocks, .mapBlocksFit, .mapInRange])
      case .root: Needs([.headerBlocks, .rootInRange])
      case .other: Needs([.headerBlocks])
      }
    case .mapVersion: Needs([.mapMagic])
    case .mapCoversCache, .mapReservedZero: Needs([.mapMagic, .mapVersion])
    case .mapCountersSum, .mapFreeCount, .mapTailClear:
      Needs([.mapMagic, .mapVersion, .mapCoversCache])
    case .mapTotals, .mapTotalsApart, .blockOwned: Needs(Self.touched)
    case .lruLinks: Needs(Self.touched, [.cleanShutdown])
    case .lruList: Needs(Self.touched, [.cleanShutdown, .lruLinks])
    case .nodeEntriesFirst, .nodeEntriesWhole, .nodeRestZero, .internalNodeUsed, .leafUsed,
      .entryOrder, .entryWithinDisk, .extentOrder, .extentWithinDisk:
      Needs(onObject: [.nodeType])
    case .dataInFile: Needs(onObject: [.extentInRange, .childInRange])
    case .nodeAllocated, .nodeApart: Needs(onObject: [.childInRange, .dataInFile])
    case .childWithinEntry: Needs(onObject: [.childInRange, .dataInFile, .nodeType])
    case .extentAllocated, .extentApartFromMetadata, .extentApartFromData:
      Needs(onObject: [.extentInRange, .dataInFile])
    case .fileHoldsHeader, .fileSizeWhole, .headerBlocks, .headerUncleanShutdown,
      .headerCacheType, .headerReservedZero, .headerImageUUID, .cleanShutdown, .mapMagic,
      .mapHoldsMetadata, .nodeType, .childInRange, .nodeNamedOnce, .leavesLevel, .treeDepth,
      .extentInRange, .extentFlags, .extentReservedZero:
      Needs()
    }
  }
}
