internal import VCIFormat

extension VectorRecipe {
  /// For each rule, an image that breaks it, most of them only just.
  static let broken: [VectorRecipe] = brokenInFile + brokenInHeader + brokenInMap + brokenInTree

  private static let brokenInFile: [VectorRecipe] = [
    broken(.fileHoldsHeader, "short", "one byte less than a header", .fresh, .resize(1023)),
    broken(.fileHoldsHeader, "empty", "an empty file", .fresh, .resize(0)),
    broken(.fileSizeWhole, "partial", "a byte behind the last block", .fresh, .resize(6145)),
    broken(
      .fileWithinCapacity, "longer", "one block more than the cache has",
      ImagePlan.packed(21).file(blocks: 22)),
    broken(
      .fixedFileFull, "short", "a fixed file without its last block",
      ImagePlan.packed(21, type: .fixed).file(blocks: 20)),
    broken(
      .mapAndRootInFile, "root-cut", "the root's last byte is not in the file", .fresh,
      .resize(6143)),
    broken(.mapAndRootInFile, "map-cut", "the map's last block is not", .fresh, .resize(1536)),
    broken(
      .dataInFile, "cut", "the last block of data is not in the file", .three,
      .resize(19 * 512 - 1)),
  ]

  private static let brokenInHeader: [VectorRecipe] = [
    broken(.headerSignature, "raw", "another letter", .fresh, .set(.signature, 0x0049_4355)),
    broken(
      .headerSignature, "old", "the signature from before 4.0", .fresh,
      .set(.signature, 0x5643_4900)),
    broken(.headerVersion, "two", "version 2", .fresh, .set(.version, 2)),
    broken(.headerBlocks, "eleven", "a cache of 11 blocks", .smallest, .set(.blocks, 11)),
    broken(
      .headerBlocks, "too-many", "one block more than a map can manage", .fresh,
      .set(.blocks, Format.maximumBlocks.rawValue + 1)),
    broken(.headerBlocks, "most", "2^64 - 1 blocks", .fresh, .set(.blocks, .max)),
    broken(.headerUncleanShutdown, "two", "a flag of 2", .fresh, .set(.uncleanShutdown, 2)),
    broken(.headerCacheType, "zero", "type 0", .fresh, .set(.cacheType, 0)),
    broken(.headerCacheType, "three", "type 3", .fresh, .set(.cacheType, 3)),
    broken(
      .rootInRange, "last", "the root's last block behind the cache", .fresh, .set(.treeRoot, 4089)),
    broken(.rootInRange, "header", "the root in the header", .fresh, .set(.treeRoot, 1)),
    broken(
      .rootInRange, "wrapping", "the root where its end wraps", .fresh, .set(.treeRoot, .max - 7)),
    broken(
      .mapInRange, "last", "the map's last block behind the cache", .fresh, .set(.blockMap, 4095)),
    broken(.mapInRange, "header", "the map in the header", .fresh, .set(.blockMap, 1)),
    broken(
      .mapApartFromRoot, "last", "the root on the map's last block", .fresh, .set(.treeRoot, 3)),
    broken(
      .mapBlocksFit, "one-less", "a map without its last block", .odd, .set(.blockMapBlocks, 2)),
    broken(
      .mapBlocksFit, "one-more", "a map of one block too many", .fresh, .set(.blockMapBlocks, 3)),
    broken(
      .headerReservedZero, "last", "the header's last byte", .fresh,
      .poke(.field(.headerReserved), place: 950, byte: 1)),
    broken(.headerImageUUID, "nil", "a nil UUID", .fresh, .clear(.field(.imageUUID))),
    broken(.headerBlocksWhole, "odd", "5000 blocks", .packed(5000)),
    broken(
      .cleanShutdown, "dirty", "not closed cleanly, with data", .three,
      .set(.uncleanShutdown, 1)),
  ]

  private static let brokenInMap: [VectorRecipe] = [
    broken(.mapMagic, "raw", "another letter", .fresh, .set(.mapMagic, 0x4b4c_4257)),
    broken(.mapMagic, "old", "the magic from before 4.0", .fresh, .set(.mapMagic, 0x5642_4c4b)),
    broken(.mapVersion, "two", "a map of version 2", .fresh, .set(.mapVersion, 2)),
    broken(.mapCoversCache, "less", "a map of one block less", .fresh, .set(.mapBlocks, 4095)),
    broken(.mapCountersSum, "more", "one free block too many", .fresh, .set(.mapFree, 4085)),
    broken(
      .mapCountersSum, "wrapping", "a sum that is right only modulo 2^64", .fresh,
      .change(.field(.mapFree), .adding(1 << 63)), .change(.field(.mapData), .adding(1 << 63))),
    broken(
      .mapFreeCount, "less", "a free block counted as data", .fresh,
      .set(.mapFree, 4083), .set(.mapData, 1)),
    broken(.mapTailClear, "first", "the bit behind the last block's", .odd, .toggle(5000)),
    broken(
      .mapReservedZero, "first", "the first reserved byte", .fresh,
      .poke(.field(.mapReserved), place: 0, byte: 0xff)),
    broken(.mapHoldsMetadata, "header", "the header's bit is clear", .fresh, .toggle(0)),
    broken(
      .mapHoldsMetadata, "root", "the bit of the root's last block is clear", .fresh, .toggle(11)),
    broken(
      .mapTotals, "shifted", "a block of metadata counted as data", .three,
      .set(.mapMetadata, 11), .set(.mapData, 8)),
    broken(
      .mapTotalsApart, "exchanged", "metadata and data exchanged", .three,
      .set(.mapMetadata, 7), .set(.mapData, 12)),
    broken(.blockOwned, "one", "a block that nobody owns", .fresh, .toggle(4095)),
    broken(
      .blockOwned, "run", "two blocks across a byte of the map", .fresh, .toggle(15), .toggle(16)),
  ]

  private static let brokenInTree: [VectorRecipe] = [
    broken(.nodeType, "zero", "type 0", .fresh, .change(.node(.root, .nodeType), .to(0))),
    broken(
      .nodeType, "old", "type 3, a leaf from before 4.0", .fresh,
      .change(.node(.root, .nodeType), .to(3))),
    broken(
      .nodeEntriesFirst, "gap", "an unused slot in the middle", .three,
      .clear(.extent(.root, slot: 1, nil))),
    broken(.nodeEntriesWhole, "no-address", "an address of 0", .three, .set(2, .extentAddress, 0)),
    broken(.nodeEntriesWhole, "no-blocks", "a count of 0", .three, .set(2, .extentBlocks, 0)),
    broken(
      .nodeRestZero, "padding", "the node's last byte", .fresh,
      .poke(.node(.root, .nodeEntries), place: 28, byte: 1)),
    broken(
      .nodeRestZero, "slot", "an offset in an unused slot", .three, .set(106, .extentOffset, 1)),
    broken(.extentOrder, "overlap", "an overlap of one block", .three, .set(2, .extentOffset, 13)),
    broken(.extentOrder, "same", "the same offset twice", .three, .set(1, .extentOffset, 0)),
    broken(
      .extentWithinDisk, "one-more", "an extent that ends at block 2^54 + 1", .three,
      .set(2, .extentOffset, (1 << 54) - 1)),
    broken(
      .extentWithinDisk, "wrapping", "an end that wraps", .three, .set(2, .extentOffset, .max)),
    broken(.extentInRange, "header", "data in the header", .three, .set(0, .extentAddress, 1)),
    broken(
      .extentInRange, "one-more", "data one block behind the cache", .packed(4096, [(0, 4084)]),
      .set(0, .extentAddress, 13)),
    broken(
      .extentInRange, "wrapping", "an address whose end wraps", .three,
      .set(1, .extentAddress, .max - 3)),
    broken(
      .extentInRange, "bytes", "an address that aliases in bytes", .three,
      .set(1, .extentAddress, 1 << 55 | 13)),
    broken(.extentAllocated, "last", "the last block's bit is clear", .three, .toggle(18)),
    broken(
      .extentApartFromMetadata, "root", "data on the root's last block", .three,
      .set(0, .extentAddress, 11)),
    broken(.extentApartFromMetadata, "map", "data on the map", .three, .set(0, .extentAddress, 2)),
    broken(
      .extentApartFromData, "same", "the data of another extent", .three,
      .set(2, .extentAddress, 13)),
    broken(.extentFlags, "one", "a flag", .three, .set(1, .extentFlags, 1)),
    broken(.extentReservedZero, "one", "a reserved byte of 1", .three, .set(1, .extentReserved, 1)),
    broken(
      .lruList, "head", "a second head", .three, .set(0, .extentNext, 0),
      .set(1, .extentPrevious, 0)),
    broken(
      .lruList, "one-way", "a link that leads back to another", .three, .set(2, .extentPrevious, 12)
    ),
    broken(
      .lruList, "ring", "a ring", .three, .set(0, .extentPrevious, 17), .set(2, .extentNext, 12)),
    broken(.lruLinks, "nowhere", "a link to no extent", .three, .set(2, .extentNext, 14)),
  ]
}
