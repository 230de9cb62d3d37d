internal import VCIFormat

/// A wrong habit of a checker; its raw value says what the program does.
package enum CheckHabit: String, CaseIterable, Sendable {
  case partialBlock = "a partial last block is not seen"
  case partialBlock256 = "the size must be a multiple of 256"
  case longFile = "a file longer than the cache is not seen"
  case longFileByte = "a byte past the cache's end is not seen"
  case longFileBlocks = "only whole blocks past the cache's end are seen"
  case longFile4096 = "the cache's end is rounded up to 4096"
  case longFileWraps = "the cache's bytes wrap at 2^32"
  case fullFile = "a file as long as the cache is too long"
  case shortFixed = "a fixed image's short file is not seen"
  case shortFixedByte = "a fixed image's file may lack a byte"
  case shortFixedBlocks = "a fixed image's file may lack a part of a block"
  case shortFixedWraps = "a fixed image's bytes wrap at 2^32"
  case fullFixed = "a fixed image's file must be longer than the cache"
  case shortDynamic = "a dynamic image's file must be full"
  case headerReserved = "reserved bytes of the header are not looked at"
  case headerReservedFirst = "the first reserved byte of the header is not looked at"
  case headerReservedLast = "the last reserved byte of the header is not looked at"
  case headerReservedSector = "the header's second block is not looked at"
  case imageUUID = "a nil image UUID is not seen"
  case imageUUIDLow = "the last 8 bytes of the image UUID are looked at"
  case imageUUIDHigh = "the first 8 bytes of the image UUID are looked at"
  case modificationUUID = "the modification UUID must not be nil"
  case whole = "a cache that is no multiple of 4096 blocks is not seen"
  case whole8 = "the cache must be a multiple of 8 blocks"
  case whole512 = "the cache must be a multiple of 512 blocks"
  case dirty = "the flag is not looked at"
  case freeTailByte = "the bits of the last byte past the cache are counted as free"
  case freeTailBlock = "the bits of the last bitmap block past the cache are counted as free"
  case freeWholeBytes = "the last byte of the bitmap is counted if it is whole"
  case freeWholeBlocks = "the last block of the bitmap is counted if it is whole"
  case freeNotHeader = "the bits of the header are not counted"
  case freeNotFirst = "the first bit is not counted"
  case freeNotLast = "the last bit is not counted"
  case freeFirstBlock = "the bits of the first bitmap block are counted"
  case freeFromTree = "the free count is what the tree leaves"
  case freeSet = "set bits are counted as free"
  case freeReversed = "bits are counted in the other order of a byte"
  case tail = "bits past the cache are not looked at"
  case tailNotFirst = "the first bit past the cache is not looked at"
  case tailNotLast = "the last bit past the cache is not looked at"
  case tailFromLast = "the last block's bit must be clear"
  case tailWholeBytes = "only whole bytes past the cache are looked at"
  case tailByte = "only the rest of the last byte is looked at"
  case tailReversed = "bits past the cache are taken in the other order of a byte"
  case mapReserved = "reserved bytes of the map are not looked at"
  case mapReservedFirst = "the first reserved byte of the map is not looked at"
  case mapReservedLast = "the last reserved byte of the map is not looked at"
  case bitsOfDirty = "clear bits of a dirty image are corruption"
  case totalsSum = "only the sum of metadata and data is compared"
  case totalsEqual = "the counts must be equal though something leaks"
  case totalsAtLeast = "the counts may be larger though nothing leaks"
  case totalsHeader = "the header is not counted"
  case totalsMapHeader = "the map's header is not counted"
  case totalsMap = "the map is not counted"
  case totalsRoot = "the root is not counted"
  case totalsNodesTwice = "what two nodes share is counted twice"
  case totalsDataTwice = "what two extents share is counted twice"
  case totalsDataFirst = "data on metadata is counted as data"
  case totalsClear = "blocks with clear bits are not counted"
  case totalsFromBits = "all set bits that are not metadata are counted as data"
  case totalsDamaged = "the totals of a damaged tree are compared"
  case apartNever = "exchanged counts are not told from wrong ones"
  case apartToo = "exchanged counts are wrong ones too"
  case apartWithoutLeak = "exchanged counts are seen only where nothing leaks"
  case apartEqual = "exchanged counts must be equal though something leaks"
  case shared = "a node that two entries name is not seen"
  case sharedInNode = "only entries of one node are compared"
  case sharedNeighbours = "only neighbours are compared"
  case sharedLeaves = "only leaves that two entries name are seen"
  case sharedInner = "only internal nodes that two entries name are seen"
  case sharedLevel = "only entries of one level are compared"
  case rest = "bytes of unused entries and padding are not looked at"
  case restPadding = "the padding is not looked at"
  case restPaddingLast = "the last byte of the padding is not looked at"
  case restPaddingFirst = "the first byte of the padding is not looked at"
  case restSlots = "unused entries are not looked at"
  case restGap = "unused entries before used ones are not looked at"
  case restLast = "the last unused entry is not looked at"
  case restHalf = "half-zero entries must be zero"
  case restLeaf = "only leaves are looked at"
  case restInner = "only internal nodes are looked at"
  case empty = "an empty leaf is not seen"
  case emptyRoot = "an empty root is reported"
  case emptyHalf = "a leaf with half-zero entries alone is not empty"
  case level = "leaves of another level are not seen"
  case levelDeeper = "only deeper leaves than the first are seen"
  case levelHigher = "only leaves above the first are seen"
  case levelSiblings = "only leaves of one node are compared"
  case levelNeighbours = "each leaf is compared with the one before it"
  case levelUsed = "empty leaves are left out"
  case reserved = "the reserved byte is not looked at"
  case reservedLowBit = "only the lowest bit of the reserved byte is looked at"
  case reservedHighBit = "the highest bit of the reserved byte is not looked at"
  case reservedUnused = "the reserved bytes of unused entries are looked at"
  case list = "the list is not looked at"
  case listPrevious = "that a previous link is answered is not looked at"
  case listNext = "that a next link is answered is not looked at"
  case listHeads = "a second head is not seen"
  case listRings = "what the list does not reach is not seen"
  case listKept = "a list must be kept"
  case listOfFirst = "where the first extent has no links no list is kept"
  case listOfDirty = "the list of a dirty image is looked at"
  case listOfDamaged = "the list of a damaged tree is looked at"
  case listOfTwins = "the list is looked at though two extents have one address"
  case listAscends = "the list must go up in addresses"
  case listSums = "only the sums of links and of addresses are compared"
  case links = "links to no extent are not seen"
  case linksPrevious = "only next links must name an extent"
  case linksNext = "only previous links must name an extent"
  case linksInside = "a link may name any block of an extent"
  case linksOffset = "a link may name the disk block of an extent"
  case links32 = "the low 32 bits of links and addresses are compared"
  case linksToo = "the list is looked at though a link names no extent"
  case leak = "leaks are not looked at"
  case leakNotLast = "the last block is not looked at for leaks"
  case leakWholeBytes = "the last byte is looked at for leaks if it is whole"
  case leakTailByte = "the last byte is looked at for leaks as a whole"
  case leakTail = "bits past the cache are leaks"
  case leakFirstBlock = "only the first bitmap block is looked at for leaks"
  case leakBytes = "a byte with an owned bit has no leak"
  case leakCounts = "leaks are seen where more bits are set than blocks are owned"
  case leakTotals = "leaks are seen where more bits are set than the counters tell"
  case leakInFile = "blocks past the file's end do not leak"
  case leakOfDirty = "leaks of a dirty image are not seen"
  case leakOfDirtyClass = "leaks of a dirty image are of class leak"
  case leakDamaged = "leaks of a damaged tree are looked at"
  case leakReversed = "leaks are looked for in the other order of a byte"

  /// The rule for whose sake the table lists the habit.
  var rule: Rule {
    switch self {
    case .partialBlock, .partialBlock256: .fileSizeWhole
    case .longFile, .longFileByte, .longFileBlocks, .longFile4096, .longFileWraps, .fullFile:
      .fileWithinCapacity
    case .shortFixed, .shortFixedByte, .shortFixedBlocks, .shortFixedWraps, .fullFixed,
      .shortDynamic:
      .fixedFileFull
    case .headerReserved, .headerReservedFirst, .headerReservedLast, .headerReservedSector:
      .headerReservedZero
    case .imageUUID, .imageUUIDLow, .imageUUIDHigh, .modificationUUID: .headerImageUUID
    case .whole, .whole8, .whole512: .headerBlocksWhole
    case .dirty: .cleanShutdown
    case .freeTailByte, .freeTailBlock, .freeWholeBytes, .freeWholeBlocks, .freeNotHeader,
      .freeNotFirst, .freeNotLast, .freeFirstBlock, .freeFromTree, .freeSet, .freeReversed:
      .mapFreeCount
    case .tail, .tailNotFirst, .tailNotLast, .tailFromLast, .tailWholeBytes, .tailByte,
      .tailReversed:
      .mapTailClear
    case .mapReserved, .mapReservedFirst, .mapReservedLast: .mapReservedZero
    case .bitsOfDirty: .mapHoldsMetadata
    case .totalsSum, .totalsEqual, .totalsAtLeast, .totalsHeader, .totalsMapHeader, .totalsMap,
      .totalsRoot, .totalsNodesTwice, .totalsDataTwice, .totalsDataFirst, .totalsClear,
      .totalsFromBits, .totalsDamaged:
      .mapTotals
    case .apartNever, .apartToo, .apartWithoutLeak, .apartEqual: .mapTotalsApart
    case .shared, .sharedInNode, .sharedNeighbours, .sharedLeaves, .sharedInner, .sharedLevel:
      .nodeNamedOnce
    case .rest, .restPadding, .restPaddingLast, .restPaddingFirst, .restSlots, .restGap, .restLast,
      .restHalf, .restLeaf, .restInner:
      .nodeRestZero
    case .empty, .emptyRoot, .emptyHalf: .leafUsed
    case .level, .levelDeeper, .levelHigher, .levelSiblings, .levelNeighbours, .levelUsed:
      .leavesLevel
    case .reserved, .reservedLowBit, .reservedHighBit, .reservedUnused: .extentReservedZero
    case .list, .listPrevious, .listNext, .listHeads, .listRings, .listKept, .listOfFirst,
      .listOfDirty, .listOfDamaged, .listOfTwins, .listAscends, .listSums:
      .lruList
    case .links, .linksPrevious, .linksNext, .linksInside, .linksOffset, .links32, .linksToo:
      .lruLinks
    case .leak, .leakNotLast, .leakWholeBytes, .leakTailByte, .leakTail, .leakFirstBlock,
      .leakBytes, .leakCounts, .leakTotals, .leakInFile, .leakOfDirty, .leakOfDirtyClass,
      .leakDamaged, .leakReversed:
      .blockOwned
    }
  }
}
