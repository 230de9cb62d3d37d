/// A line of the catalogue: what is known of a rule beside its ID.
struct CatalogueLine {
  let ruleClass: RuleClass
  let stage: Stage
  let basis: Basis
  let statement: StaticString
  /// The class in a dirty image, if it is another one.
  let dirtyClass: RuleClass?
  /// The stage in the root node, if it is another one.
  let stageInRoot: Stage?
  /// The stage of an entry that closes a cycle, if it is another one.
  let stageInCycle: Stage?
}

extension Rule {
  /// The rule's line of the catalogue.
  var line: CatalogueLine {
    switch self {
    case .fileHoldsHeader: line(.corruption, .probe, .layout, "the file has at least 1024 bytes")
    case .fileSizeWhole: line(.advice, .check, .ruling, "the file's size is a multiple of 512")
    case .fileWithinCapacity:
      line(.advice, .check, .intent, "the file's size is at most blocks * 512 bytes")
    case .fixedFileFull:
      line(.advice, .check, .intent, "a fixed image's file has at least blocks * 512 bytes")
    case .mapAndRootInFile:
      line(.corruption, .open, .layout, "map and root lie wholly inside the file")
    case .dataInFile:
      line(
        .corruption, .touch, .layout,
        "every other node and every extent's data lie wholly inside the file")
    case .headerSignature: line(.corruption, .probe, .layout, "the signature is 56 43 49 00")
    case .headerVersion: line(.corruption, .probe, .layout, "the version is 1")
    case .headerBlocks:
      line(.corruption, .open, .ruling, "2 + mapBlocks(blocks) + 8 <= blocks <= (2^32 - 2) * 4096")
    case .headerUncleanShutdown: line(.corruption, .open, .ruling, "fUncleanShutdown is 0 or 1")
    case .headerCacheType: line(.corruption, .open, .layout, "the cache type is 1 or 2")
    case .rootInRange: line(.corruption, .open, .layout, "the root's 8 blocks are in range")
    case .mapInRange: line(.corruption, .open, .layout, "the map's cBlkMap blocks are in range")
    case .mapApartFromRoot: line(.corruption, .open, .layout, "map and root do not overlap")
    case .mapBlocksFit: line(.corruption, .open, .ruling, "cBlkMap = mapBlocks(blocks)")
    case .headerReservedZero: line(.advice, .check, .intent, "the reserved bytes are zero")
    case .headerImageUUID: line(.advice, .check, .intent, "the image UUID is not nil")
    case .headerBlocksWhole: line(.advice, .check, .ruling, "blocks is a multiple of 4096")
    case .cleanShutdown: line(.dirty, .check, .intent, "fUncleanShutdown is 0")
    case .mapMagic: line(.corruption, .open, .layout, "the magic is 56 42 4c 4b")
    case .mapVersion: line(.corruption, .open, .layout, "the map's version is 1")
    case .mapCoversCache: line(.corruption, .open, .layout, "the map's cBlocks = blocks")
    case .mapCountersSum:
      line(.corruption, .open, .layout, "free + meta + data = cBlocks, without overflow")
    case .mapFreeCount:
      line(
        .summary, .check, .layout,
        "cBlocksFree = the number of zero bits among the first cBlocks")
    case .mapTailClear: line(.advice, .check, .ruling, "bits past cBlocks are zero")
    case .mapReservedZero: line(.advice, .check, .intent, "the map's reserved bytes are zero")
    case .mapHoldsMetadata:
      line(
        .corruption, .modify, .layout,
        "the bits of header, map and root are set", dirty: .summary)
    case .mapTotals:
      line(
        .summary, .check, .layout,
        """
        cBlocksAllocMeta and cBlocksAllocData count the blocks that are owned, or more where \
        some leak
        """)
    case .mapTotalsApart:
      line(.summary, .check, .ruling, "the counters of metadata and data are not exchanged")
    case .nodeType: line(.corruption, .touch, .layout, "the type is 1 or 2", inRoot: .open)
    case .childInRange: line(.corruption, .touch, .layout, "the child's 8 blocks are in range")
    case .nodeAllocated:
      line(
        .corruption, .modify, .layout,
        "the bits of a node other than the root are set", dirty: .summary)
    case .nodeNamedOnce:
      line(
        .corruption, .modify, .layout,
        "no entry names the root, an ancestor or a node that an earlier entry names",
        inCycle: .touch)
    case .nodeApart:
      line(
        .corruption, .modify, .layout,
        "the node overlaps neither the map nor, at another address, another node")
    case .nodeEntriesFirst:
      line(
        .corruption, .touch, .ruling,
        "the used entries stand before all unused ones", inRoot: .open)
    case .nodeEntriesWhole:
      line(
        .corruption, .touch, .ruling,
        "no entry has a zero count and a non-zero address, or the reverse", inRoot: .open)
    case .nodeRestZero: line(.advice, .check, .ruling, "unused entries and padding are zero")
    case .internalNodeUsed:
      line(.corruption, .touch, .layout, "an internal node has a used entry", inRoot: .open)
    case .leafUsed: line(.advice, .check, .ruling, "a leaf other than the root has a used entry")
    case .leavesLevel:
      line(
        .corruption, .modify, .ruling,
        "all leaves lie at the depth of the first one in tree order")
    case .treeDepth:
      line(.corruption, .touch, .ruling, "the tree has at most 16 levels, the root being level 1")
    case .entryOrder:
      line(
        .corruption, .touch, .layout,
        "entries ascend by block offset and do not overlap", inRoot: .open)
    case .entryWithinDisk:
      line(.corruption, .touch, .ruling, "block offset + count <= 2^54", inRoot: .open)
    case .childWithinEntry:
      line(
        .corruption, .touch, .layout,
        "every used entry of the child lies inside the range of the entry that points to it")
    case .extentOrder:
      line(
        .corruption, .touch, .layout,
        "extents ascend by block offset and do not overlap", inRoot: .open)
    case .extentWithinDisk:
      line(.corruption, .touch, .ruling, "block offset + count <= 2^54", inRoot: .open)
    case .extentInRange: line(.corruption, .touch, .layout, "the data is in range")
    case .extentAllocated:
      line(.corruption, .modify, .layout, "the data's bits are set in the map", dirty: .summary)
    case .extentApartFromMetadata:
      line(.corruption, .modify, .layout, "the data overlaps no metadata")
    case .extentApartFromData:
      line(.corruption, .modify, .layout, "the data overlaps no other extent's data")
    case .extentFlags: line(.corruption, .touch, .intent, "the flags are 0")
    case .extentReservedZero: line(.advice, .check, .intent, "the reserved byte is zero")
    case .lruList:
      line(
        .summary, .check, .ruling,
        "every link is 0, or the links form one list over all extents")
    case .lruLinks:
      line(.summary, .check, .ruling, "a non-zero link is the u64BlockAddr of some extent")
    case .blockOwned:
      line(
        .leak, .check, .layout,
        """
        every set bit among the first cBlocks belongs to the header, the map, a node or an \
        extent
        """, dirty: .summary)
    }
  }

  private func line(
    _ ruleClass: RuleClass, _ stage: Stage, _ basis: Basis, _ statement: StaticString,
    dirty: RuleClass? = nil, inRoot: Stage? = nil, inCycle: Stage? = nil
  ) -> CatalogueLine {
    CatalogueLine(
      ruleClass: ruleClass, stage: stage, basis: basis, statement: statement, dirtyClass: dirty,
      stageInRoot: inRoot, stageInCycle: inCycle)
  }
}
