internal import VCIFormat

extension VectorRecipe {
  /// For each rule, an image that keeps it, most of them only just.
  static let kept: [VectorRecipe] = keptByHeader + keptByMap + keptByTree

  private static let keptByHeader: [VectorRecipe] = [
    kept(.fileHoldsHeader, "smallest", "the smallest image: 12 blocks", .smallest),
    kept(.fileSizeWhole, "slack", "one block behind the last used one", .fresh.file(blocks: 13)),
    kept(
      .fileWithinCapacity, "full", "a dynamic file of all its blocks",
      .packed(21).file(blocks: 21)),
    kept(.fixedFileFull, "full", "a fixed file of all its blocks", .packed(21, type: .fixed)),
    kept(
      .mapAndRootInFile, "ends-at-map", "the map ends where the file ends",
      ImagePlan.packed(64).placed(map: 20, root: 2, fileBlocks: 22)),
    kept(
      .dataInFile, "ends-at-data", "the last extent ends where the file ends",
      .packed(4096, [(3, 3)])),
    kept(.headerSignature, "fresh", "a fresh image", .fresh),
    kept(.headerVersion, "one", "version 1", .packed(4096, [(5, 1)])),
    kept(
      .headerBlocks, "least", "a cache of the fewest blocks",
      ImagePlan.smallest.identified(by: ImageUUID(high: 3, low: 3))),
    kept(
      .headerUncleanShutdown, "one", "not closed cleanly", .fresh, .set(.uncleanShutdown, 1)),
    kept(.headerCacheType, "fixed", "a fixed cache", .packed(64, [(0, 1)], type: .fixed)),
    kept(
      .rootInRange, "at-end", "the root in the cache's last 8 blocks",
      ImagePlan.packed(64).placed(map: 2, root: 56, fileBlocks: 64)),
    kept(
      .mapInRange, "at-end", "the map in the cache's last 2 blocks",
      ImagePlan.packed(64).placed(map: 62, root: 2, fileBlocks: 64)),
    kept(
      .mapApartFromRoot, "touching", "the map right behind the root",
      ImagePlan.packed(64).placed(map: 10, root: 2, fileBlocks: 12)),
    kept(.mapBlocksFit, "three", "4097 blocks need a map of 3", .packed(4097)),
    kept(.headerReservedZero, "zero", "reserved bytes that are zero", .packed(8192)),
    kept(
      .headerImageUUID, "one-bit", "a UUID of one set bit",
      ImagePlan.fresh.identified(by: ImageUUID(high: 0, low: 1))),
    kept(.headerBlocksWhole, "two", "8192 blocks", .packed(8192, [(1, 1)])),
    kept(.cleanShutdown, "clean", "closed cleanly", .packed(4096, [(0, 8)])),
  ]

  private static let keptByMap: [VectorRecipe] = [
    kept(.mapMagic, "fresh", "the magic of a map", .packed(4096, [(3, 1)])),
    kept(.mapVersion, "one", "a map of version 1", .packed(4096, [(3, 2)])),
    kept(.mapCoversCache, "odd", "a map of 5000 blocks", .odd),
    kept(.mapCountersSum, "nothing-free", "no block free", .packed(13, [(0, 1)])),
    kept(.mapFreeCount, "one-free", "one block free", .packed(14, [(0, 1)]).file(blocks: 14)),
    kept(
      .mapTailClear, "last-bit", "the last block's bit is set, those behind it are clear",
      ImagePlan.packed(15, [(0, 3)])),
    kept(.mapReservedZero, "zero", "reserved bytes that are zero", .packed(4096, [(9, 9)])),
    kept(
      .mapHoldsMetadata, "far", "the bits of a root in another byte than the map's",
      ImagePlan.packed(4096).placed(map: 2, root: 100, fileBlocks: 108)),
    kept(.mapTotals, "data", "7 blocks of data", .packed(4096, [(0, 7)])),
    kept(
      .mapTotalsApart, "equal", "as many blocks of data as of metadata", .packed(4096, [(0, 12)])),
    kept(.blockOwned, "all", "every block is owned", .packed(16, [(4, 4)])),
  ]

  private static let keptByTree: [VectorRecipe] = [
    kept(.nodeType, "leaf", "a leaf with an extent", .packed(4096, [(0, 2)])),
    kept(.nodeEntriesFirst, "full", "107 extents", .full),
    kept(.nodeEntriesWhole, "one", "an extent of one block", .packed(4096, [(11, 1)])),
    kept(
      .nodeRestZero, "almost-full", "106 extents, the last slot unused",
      .packed(4096, (0..<106).map { (offset: $0, blocks: 1) })),
    kept(
      .extentOrder, "adjacent", "an extent where another ends", .packed(4096, [(0, 4), (4, 4)])),
    kept(
      .extentWithinDisk, "last", "an extent that ends at block 2^54",
      .packed(4096, [((1 << 54) - 4, 4)])),
    kept(.extentInRange, "last", "data in the cache's last block", .packed(4096, [(0, 4084)])),
    kept(.extentAllocated, "long", "data across three bytes of the map", .packed(4096, [(0, 17)])),
    kept(
      .extentApartFromMetadata, "between", "data between map and root",
      ImagePlan(
        blocks: 64, mapAddress: 2, rootAddress: 8,
        extents: [Extent(offset: 0, blocks: 4, address: 4)], size: 16 * 512)),
    kept(
      .extentApartFromData, "reversed", "data in the opposite order of the disk, touching",
      ImagePlan(
        blocks: 64, mapAddress: 2, rootAddress: 4,
        extents: [
          Extent(offset: 0, blocks: 2, address: 14), Extent(offset: 9, blocks: 2, address: 12),
        ], size: 16 * 512)),
    kept(.extentFlags, "none", "no flag", .packed(4096, [(2, 1), (4, 1)])),
    kept(.extentReservedZero, "zero", "a reserved byte that is zero", .packed(4096, [(2, 2)])),
    kept(
      .lruList, "none-kept", "no list kept", .packed(4096, [(0, 1), (2, 1)], isLinked: false)),
    kept(.lruLinks, "three", "a list of three extents", .three),
  ]
}
