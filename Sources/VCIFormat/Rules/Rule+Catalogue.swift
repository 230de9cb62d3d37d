/// A line of the catalogue.
struct CatalogueEntry {
  let area: StaticString
  let number: StaticString
  let ruleClass: ClassRule
  let stage: StageRule
  let basis: Basis
  let statement: StaticString

  init(
    _ area: StaticString, _ number: StaticString, _ ruleClass: ClassRule, _ stage: StageRule,
    _ basis: Basis, _ statement: StaticString
  ) {
    self.area = area
    self.number = number
    self.ruleClass = ruleClass
    self.stage = stage
    self.basis = basis
    self.statement = statement
  }
}

extension Rule {
  /// The rule's line of the catalogue.
  var entry: CatalogueEntry {
    switch self {
    case .fileHoldsHeader:
      CatalogueEntry(
        "FILE", "001", .always(.corruption), .always(.probe), .layout,
        "the file has at least 1024 bytes")
    case .fileSizeWhole:
      CatalogueEntry(
        "FILE", "002", .always(.advice), .always(.check), .ruling,
        "the file's size is a multiple of 512")
    case .fileWithinCapacity:
      CatalogueEntry(
        "FILE", "003", .always(.advice), .always(.check), .intent,
        "the file's size is at most blocks * 512 bytes")
    case .fixedFileFull:
      CatalogueEntry(
        "FILE", "004", .always(.advice), .always(.check), .intent,
        "a fixed image's file has at least blocks * 512 bytes")
    case .mapAndRootInFile:
      CatalogueEntry(
        "FILE", "005", .always(.corruption), .always(.open), .layout,
        "map and root lie wholly inside the file")
    case .dataInFile:
      CatalogueEntry(
        "FILE", "006", .always(.corruption), .always(.touch), .layout,
        "every other node and every extent's data lie wholly inside the file")
    case .headerSignature:
      CatalogueEntry(
        "HDR", "001", .always(.corruption), .always(.probe), .layout,
        "the signature is 56 43 49 00")
    case .headerVersion:
      CatalogueEntry(
        "HDR", "002", .always(.corruption), .always(.probe), .layout,
        "the version is 1")
    case .headerBlocks:
      CatalogueEntry(
        "HDR", "003", .always(.corruption), .always(.open), .ruling,
        "2 + mapBlocks(blocks) + 8 <= blocks <= (2^32 - 2) * 4096")
    case .headerUncleanShutdown:
      CatalogueEntry(
        "HDR", "004", .always(.corruption), .always(.open), .ruling,
        "fUncleanShutdown is 0 or 1")
    case .headerCacheType:
      CatalogueEntry(
        "HDR", "005", .always(.corruption), .always(.open), .layout,
        "the cache type is 1 or 2")
    case .rootInRange:
      CatalogueEntry(
        "HDR", "006", .always(.corruption), .always(.open), .layout,
        "the root's 8 blocks are in range")
    case .mapInRange:
      CatalogueEntry(
        "HDR", "007", .always(.corruption), .always(.open), .layout,
        "the map's cBlkMap blocks are in range")
    case .mapApartFromRoot:
      CatalogueEntry(
        "HDR", "008", .always(.corruption), .always(.open), .layout,
        "map and root do not overlap")
    case .mapBlocksFit:
      CatalogueEntry(
        "HDR", "009", .always(.corruption), .always(.open), .ruling,
        "cBlkMap = mapBlocks(blocks)")
    case .headerReservedZero:
      CatalogueEntry(
        "HDR", "010", .always(.advice), .always(.check), .intent,
        "the reserved bytes are zero")
    case .headerImageUUID:
      CatalogueEntry(
        "HDR", "011", .always(.advice), .always(.check), .intent,
        "the image UUID is not nil")
    case .headerBlocksWhole:
      CatalogueEntry(
        "HDR", "012", .always(.advice), .always(.check), .ruling,
        "blocks is a multiple of 4096")
    case .cleanShutdown:
      CatalogueEntry(
        "SHD", "001", .always(.dirty), .always(.check), .intent,
        "fUncleanShutdown is 0")
    case .mapMagic:
      CatalogueEntry(
        "MAP", "001", .always(.corruption), .always(.open), .layout,
        "the magic is 56 42 4c 4b")
    case .mapVersion:
      CatalogueEntry(
        "MAP", "002", .always(.corruption), .always(.open), .layout,
        "the map's version is 1")
    case .mapCoversCache:
      CatalogueEntry(
        "MAP", "003", .always(.corruption), .always(.open), .layout,
        "the map's cBlocks = blocks")
    case .mapCountersSum:
      CatalogueEntry(
        "MAP", "004", .always(.corruption), .always(.open), .layout,
        "free + meta + data = cBlocks, without overflow")
    case .mapFreeCount:
      CatalogueEntry(
        "MAP", "005", .always(.summary), .always(.check), .layout,
        "cBlocksFree = the number of zero bits among the first cBlocks")
    case .mapTailClear:
      CatalogueEntry(
        "MAP", "006", .always(.advice), .always(.check), .ruling,
        "bits past cBlocks are zero")
    case .mapReservedZero:
      CatalogueEntry(
        "MAP", "007", .always(.advice), .always(.check), .intent,
        "the map's reserved bytes are zero")
    case .mapHoldsMetadata:
      CatalogueEntry(
        "MAP", "008", .summaryIfDirty(.corruption), .always(.modify), .layout,
        "the bits of header, map and root are set")
    case .mapTotals:
      CatalogueEntry(
        "MAP", "009", .always(.summary), .always(.check), .layout,
        "cBlocksAllocMeta and cBlocksAllocData count the blocks that are owned, or more where some leak"
      )
    case .mapTotalsApart:
      CatalogueEntry(
        "MAP", "010", .always(.summary), .always(.check), .ruling,
        "the counters of metadata and data are not exchanged")
    case .nodeType:
      CatalogueEntry(
        "NODE", "001", .always(.corruption), .openInRoot, .layout,
        "the type is 1 or 2")
    case .childInRange:
      CatalogueEntry(
        "NODE", "002", .always(.corruption), .always(.touch), .layout,
        "the child's 8 blocks are in range")
    case .nodeAllocated:
      CatalogueEntry(
        "NODE", "003", .summaryIfDirty(.corruption), .always(.modify), .layout,
        "the bits of a node other than the root are set")
    case .nodeNamedOnce:
      CatalogueEntry(
        "NODE", "004", .always(.corruption), .touchInCycle, .layout,
        "no entry names the root, an ancestor or a node that an earlier entry names")
    case .nodeApart:
      CatalogueEntry(
        "NODE", "005", .always(.corruption), .always(.modify), .layout,
        "the node overlaps neither the map nor, at another address, another node")
    case .nodeEntriesFirst:
      CatalogueEntry(
        "NODE", "006", .always(.corruption), .openInRoot, .ruling,
        "the used entries stand before all unused ones")
    case .nodeEntriesWhole:
      CatalogueEntry(
        "NODE", "007", .always(.corruption), .openInRoot, .ruling,
        "no entry has a zero count and a non-zero address, or the reverse")
    case .nodeRestZero:
      CatalogueEntry(
        "NODE", "008", .always(.advice), .always(.check), .ruling,
        "unused entries and padding are zero")
    case .internalNodeUsed:
      CatalogueEntry(
        "NODE", "009", .always(.corruption), .openInRoot, .layout,
        "an internal node has a used entry")
    case .leafUsed:
      CatalogueEntry(
        "NODE", "010", .always(.advice), .always(.check), .ruling,
        "a leaf other than the root has a used entry")
    case .leavesLevel:
      CatalogueEntry(
        "NODE", "011", .always(.corruption), .always(.modify), .ruling,
        "all leaves lie at the depth of the first one in tree order")
    case .treeDepth:
      CatalogueEntry(
        "NODE", "012", .always(.corruption), .always(.touch), .ruling,
        "the tree has at most 16 levels, the root being level 1")
    case .entryOrder:
      CatalogueEntry(
        "INT", "001", .always(.corruption), .openInRoot, .layout,
        "entries ascend by block offset and do not overlap")
    case .entryWithinDisk:
      CatalogueEntry(
        "INT", "002", .always(.corruption), .openInRoot, .ruling,
        "block offset + count <= 2^54")
    case .childWithinEntry:
      CatalogueEntry(
        "INT", "003", .always(.corruption), .always(.touch), .layout,
        "every used entry of the child lies inside the range of the entry that points to it")
    case .extentOrder:
      CatalogueEntry(
        "EXT", "001", .always(.corruption), .openInRoot, .layout,
        "extents ascend by block offset and do not overlap")
    case .extentWithinDisk:
      CatalogueEntry(
        "EXT", "002", .always(.corruption), .openInRoot, .ruling,
        "block offset + count <= 2^54")
    case .extentInRange:
      CatalogueEntry(
        "EXT", "003", .always(.corruption), .always(.touch), .layout,
        "the data is in range")
    case .extentAllocated:
      CatalogueEntry(
        "EXT", "004", .summaryIfDirty(.corruption), .always(.modify), .layout,
        "the data's bits are set in the map")
    case .extentApartFromMetadata:
      CatalogueEntry(
        "EXT", "005", .always(.corruption), .always(.modify), .layout,
        "the data overlaps no metadata")
    case .extentApartFromData:
      CatalogueEntry(
        "EXT", "006", .always(.corruption), .always(.modify), .layout,
        "the data overlaps no other extent's data")
    case .extentFlags:
      CatalogueEntry(
        "EXT", "007", .always(.corruption), .always(.touch), .intent,
        "the flags are 0")
    case .extentReservedZero:
      CatalogueEntry(
        "EXT", "008", .always(.advice), .always(.check), .intent,
        "the reserved byte is zero")
    case .lruList:
      CatalogueEntry(
        "LRU", "001", .always(.summary), .always(.check), .ruling,
        "every link is 0, or the links form one list over all extents")
    case .lruLinks:
      CatalogueEntry(
        "LRU", "002", .always(.summary), .always(.check), .ruling,
        "a non-zero link is the u64BlockAddr of some extent")
    case .blockOwned:
      CatalogueEntry(
        "OCC", "001", .summaryIfDirty(.leak), .always(.check), .layout,
        "every set bit among the first cBlocks belongs to the header, the map, a node or an extent")
    }
  }
}
