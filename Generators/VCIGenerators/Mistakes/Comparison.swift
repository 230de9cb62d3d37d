package import VCIFormat

/// A comparison of two numbers that a reader makes.
///
/// A rule with a lower and an upper bound is two comparisons, since a program can get either wrong.
package enum Comparison: String, CaseIterable, Sendable {
  case fileSize, signature, version
  case blocksLow, blocksHigh, unclean, typeLow, typeHigh
  case mapBlocks, rootLow, rootHigh, mapLow, mapHigh, rootBeforeMap, mapBeforeRoot
  case mapInFile, rootInFile
  case mapMagic, mapVersion, mapCovers, mapSum
  case typeOfNodeLow, typeOfNodeHigh
  case entryOrder, entryEnd, extentOrder, extentEnd
  case childLow, childHigh, childInFile, levels, childStart, childEnd
  case dataLow, dataHigh, dataInFile, flags

  /// How the two numbers must relate.
  package enum Relation: Sendable {
    /// The left number, read from the file, equals the right one.
    case equal
    /// The left number is at most the right one.
    case atMost
    /// The left number is a sum of numbers from the file, and at most the right one.
    case sumAtMost
  }

  /// The rule that the comparison belongs to.
  package var rule: Rule {
    switch self {
    case .fileSize: .fileHoldsHeader
    case .signature: .headerSignature
    case .version: .headerVersion
    case .blocksLow, .blocksHigh: .headerBlocks
    case .unclean: .headerUncleanShutdown
    case .typeLow, .typeHigh: .headerCacheType
    case .mapBlocks: .mapBlocksFit
    case .rootLow, .rootHigh: .rootInRange
    case .mapLow, .mapHigh: .mapInRange
    case .rootBeforeMap, .mapBeforeRoot: .mapApartFromRoot
    case .mapInFile, .rootInFile: .mapAndRootInFile
    case .mapMagic: .mapMagic
    case .mapVersion: .mapVersion
    case .mapCovers: .mapCoversCache
    case .mapSum: .mapCountersSum
    case .typeOfNodeLow, .typeOfNodeHigh: .nodeType
    case .entryOrder: .entryOrder
    case .entryEnd: .entryWithinDisk
    case .extentOrder: .extentOrder
    case .extentEnd: .extentWithinDisk
    case .childLow, .childHigh: .childInRange
    case .childInFile, .dataInFile: .dataInFile
    case .levels: .treeDepth
    case .childStart, .childEnd: .childWithinEntry
    case .dataLow, .dataHigh: .extentInRange
    case .flags: .extentFlags
    }
  }

  /// What is compared, in words.
  package var statement: String {
    switch self {
    case .fileSize: "1024 <= size of the file"
    case .signature: "signature = 56 43 49 00"
    case .version: "version = 1"
    case .blocksLow: "2 + mapBlocks(blocks) + 8 <= blocks"
    case .blocksHigh: "blocks <= (2^32 - 2) * 4096"
    case .unclean: "fUncleanShutdown <= 1"
    case .typeLow: "1 <= cache type"
    case .typeHigh: "cache type <= 2"
    case .mapBlocks: "cBlkMap = mapBlocks(blocks)"
    case .rootLow: "2 <= root"
    case .rootHigh: "root + 8 <= blocks"
    case .mapLow: "2 <= map"
    case .mapHigh: "map + cBlkMap <= blocks"
    case .rootBeforeMap: "root + 8 <= map, if the root is first"
    case .mapBeforeRoot: "map + cBlkMap <= root, if the map is first"
    case .mapInFile: "map + cBlkMap <= blocks of the file"
    case .rootInFile: "root + 8 <= blocks of the file"
    case .mapMagic: "magic = 56 42 4c 4b"
    case .mapVersion: "version of the map = 1"
    case .mapCovers: "cBlocks = blocks"
    case .mapSum: "free + meta + data = cBlocks"
    case .typeOfNodeLow: "1 <= type of the node"
    case .typeOfNodeHigh: "type of the node <= 2"
    case .entryOrder: "end of an entry <= offset of the next"
    case .entryEnd: "offset + count of an entry <= 2^54"
    case .extentOrder: "end of an extent <= offset of the next"
    case .extentEnd: "offset + count of an extent <= 2^54"
    case .childLow: "2 <= child"
    case .childHigh: "child + 8 <= blocks"
    case .childInFile: "child + 8 <= blocks of the file"
    case .levels: "levels <= 16"
    case .childStart: "offset of the entry <= offset of what the child holds"
    case .childEnd: "end of what the child holds <= end of the entry"
    case .dataLow: "2 <= data"
    case .dataHigh: "data + count <= blocks"
    case .dataInFile: "data + count <= blocks of the file"
    case .flags: "flags = 0"
    }
  }

  /// How the two numbers must relate.
  package var relation: Relation {
    switch self {
    case .signature, .version, .mapBlocks, .mapMagic, .mapVersion, .mapCovers, .mapSum, .flags:
      .equal
    case .fileSize, .blocksLow, .blocksHigh, .unclean, .typeLow, .typeHigh, .rootLow, .mapLow,
      .typeOfNodeLow, .typeOfNodeHigh, .childLow, .levels, .childStart, .dataLow:
      .atMost
    case .rootHigh, .mapHigh, .rootBeforeMap, .mapBeforeRoot, .mapInFile, .rootInFile, .entryOrder,
      .entryEnd, .extentOrder, .extentEnd, .childHigh, .childInFile, .childEnd, .dataHigh,
      .dataInFile:
      .sumAtMost
    }
  }

  /// The bits of the numbers from the file that are compared; `nil` if none of them can be so large
  /// that a sign would matter.
  package var width: Int? {
    switch self {
    case .unclean, .typeOfNodeHigh, .flags: 8
    case .signature, .version, .mapMagic, .mapVersion, .mapBlocks, .typeHigh: 32
    case .blocksHigh, .mapCovers, .mapSum, .rootHigh, .mapHigh, .rootBeforeMap, .mapBeforeRoot,
      .entryOrder, .entryEnd, .extentOrder, .extentEnd, .childHigh, .childStart, .childEnd,
      .dataHigh:
      64
    case .fileSize, .blocksLow, .typeLow, .rootLow, .mapLow, .mapInFile, .rootInFile,
      .typeOfNodeLow, .childLow, .childInFile, .levels, .dataLow, .dataInFile:
      nil
    }
  }

  /// Whether the right number is a number of blocks that need not be round.
  package var hasLimitInBlocks: Bool {
    switch self {
    case .rootHigh, .mapHigh, .mapInFile, .rootInFile, .childHigh, .childInFile, .dataHigh,
      .dataInFile:
      true
    case .fileSize, .signature, .version, .blocksLow, .blocksHigh, .unclean, .typeLow, .typeHigh,
      .mapBlocks, .rootLow, .mapLow, .rootBeforeMap, .mapBeforeRoot, .mapMagic, .mapVersion,
      .mapCovers, .mapSum, .typeOfNodeLow, .typeOfNodeHigh, .entryOrder, .entryEnd, .extentOrder,
      .extentEnd, .childLow, .levels, .childStart, .childEnd, .dataLow, .flags:
      false
    }
  }

  /// The comparison whose arithmetic the program gets wrong together with this one's: a place has
  /// one end, which is compared with the cache's end and with the file's.
  package var arithmetic: Comparison {
    switch self {
    case .mapInFile: .mapHigh
    case .rootInFile: .rootHigh
    case .childInFile: .childHigh
    case .dataInFile: .dataHigh
    case .fileSize, .signature, .version, .blocksLow, .blocksHigh, .unclean, .typeLow, .typeHigh,
      .mapBlocks, .rootLow, .rootHigh, .mapLow, .mapHigh, .rootBeforeMap, .mapBeforeRoot,
      .mapMagic, .mapVersion, .mapCovers, .mapSum, .typeOfNodeLow, .typeOfNodeHigh, .entryOrder,
      .entryEnd, .extentOrder, .extentEnd, .childLow, .childHigh, .levels, .childStart, .childEnd,
      .dataLow, .dataHigh, .flags:
      self
    }
  }
}
