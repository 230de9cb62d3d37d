/// The rules that silence a rule: a check does not apply it if one of them is broken.
///
/// They are points 1, 2 and 6 of "When each rule is checked" in `Specs/VCI.md`, in one place for
/// all code that predicts findings. A check has the same order built in.
package struct Silencers: Hashable, Sendable {
  /// They end a check before the rule's group. Rules of a node do so only if the root breaks them.
  package internal(set) var ending = RuleSet()
  /// They silence the rule wherever in the image they are broken.
  package let anywhere: RuleSet
  /// They silence the rule on the object on which they are broken: a node, an extent, or a child.
  package let onObject: RuleSet

  init(_ anywhere: RuleSet = [], _ more: RuleSet = [], onObject: RuleSet = []) {
    var all = anywhere
    all.formUnion(more)
    self.anywhere = all
    self.onObject = onObject
  }

  /// The rules that silence the rule even if another object breaks them.
  package var inImage: RuleSet {
    var all = ending
    all.formUnion(anywhere)
    return all
  }
}

/// The parts of an image to which VCI-FILE-005 applies separately.
package enum ImagePart: Sendable {
  case map
  case root
  case other
}

extension Rule {
  /// Returns the rules that silence this one in `situation`, and on `part` for VCI-FILE-005.
  package func silencers(
    in situation: Situation = .elsewhere, on part: ImagePart = .other
  ) -> Silencers {
    var silencers = ownSilencers(on: part)
    silencers.ending.formUnion(group(in: situation).endingRules)
    return silencers
  }

  /// Point 6: the corruptions of stage touch, which hide a part of the tree. Of VCI-NODE-004 only a
  /// cycle is one; a shared node is of stage modify, so a forecast must tell the two apart.
  private static let touched = RuleSet(
    allCases.filter {
      $0.ruleClass(dirty: false) == .corruption
        && ($0.stage(in: .elsewhere) == .touch || $0.stage(in: .cycle) == .touch)
    })

  /// Points 2 and 6.
  private func ownSilencers(on part: ImagePart) -> Silencers {
    switch self {
    case .headerSignature: Silencers([.fileHoldsHeader])
    case .headerVersion: Silencers([.fileHoldsHeader, .headerSignature])
    case .fileWithinCapacity, .rootInRange, .mapBlocksFit, .headerBlocksWhole:
      Silencers([.headerBlocks])
    case .fixedFileFull: Silencers([.headerBlocks, .headerCacheType])
    case .mapInRange: Silencers([.headerBlocks, .mapBlocksFit])
    case .mapApartFromRoot: Silencers([.headerBlocks, .mapBlocksFit, .rootInRange, .mapInRange])
    case .mapAndRootInFile:
      switch part {
      case .map: Silencers([.headerBlocks, .mapBlocksFit, .mapInRange])
      case .root: Silencers([.headerBlocks, .rootInRange])
      case .other: Silencers([.headerBlocks])
      }
    case .mapVersion: Silencers([.mapMagic])
    case .mapCoversCache, .mapReservedZero: Silencers([.mapMagic, .mapVersion])
    case .mapCountersSum, .mapFreeCount, .mapTailClear:
      Silencers([.mapMagic, .mapVersion, .mapCoversCache])
    case .mapTotals, .mapTotalsApart, .blockOwned: Silencers(Self.touched)
    case .lruLinks: Silencers(Self.touched, [.cleanShutdown])
    case .lruList: Silencers(Self.touched, [.cleanShutdown, .lruLinks])
    case .nodeEntriesFirst, .nodeEntriesWhole, .nodeRestZero, .internalNodeUsed, .leafUsed,
      .entryOrder, .entryWithinDisk, .extentOrder, .extentWithinDisk:
      Silencers(onObject: [.nodeType])
    case .dataInFile: Silencers(onObject: [.extentInRange, .childInRange])
    case .nodeAllocated, .nodeApart: Silencers(onObject: [.childInRange, .dataInFile])
    case .childWithinEntry: Silencers(onObject: [.childInRange, .dataInFile, .nodeType])
    case .extentAllocated, .extentApartFromMetadata, .extentApartFromData:
      Silencers(onObject: [.extentInRange, .dataInFile])
    case .fileHoldsHeader, .fileSizeWhole, .headerBlocks, .headerUncleanShutdown,
      .headerCacheType, .headerReservedZero, .headerImageUUID, .cleanShutdown, .mapMagic,
      .mapHoldsMetadata, .nodeType, .childInRange, .nodeNamedOnce, .leavesLevel, .treeDepth,
      .extentInRange, .extentFlags, .extentReservedZero:
      Silencers()
    }
  }
}
