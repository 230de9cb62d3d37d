internal import VCIFormat

extension Header {
  /// The blocks of the root.
  var root: BlockRange { BlockRange(treeRoot, Format.nodeBlocks) }
  /// The blocks of the block map.
  var map: BlockRange { BlockRange(blockMap, blockMapBlocks) }

  /// VCI-HDR-003 to 009, VCI-FILE-005: what an open requires of the header of a file of `byteCount`
  /// bytes (VCI-RD-002).
  ///
  /// - Throws: `ImageError.violation` of the first rule that is broken.
  func requireRules(inFileOf byteCount: UInt64) throws(ImageError) {
    if Faults.skipsHeader { return }
    try requireNumbers()
    try requirePlaces()
    try requireInFile(byteCount)
  }

  private func requireNumbers() throws(ImageError) {
    let least = Format.leastBlocks(for: blocks)
    try require(
      .headerBlocks, blocks >= least && blocks <= Format.maximumBlocks, at: .header(.blocks),
      expected: .between(least.rawValue, Format.maximumBlocks.rawValue), actual: blocks.rawValue)
    try require(
      .headerUncleanShutdown, uncleanShutdown <= 1, at: .header(.uncleanShutdown),
      expected: .oneOf(0, 1), actual: UInt64(uncleanShutdown))
    try require(
      .headerCacheType, CacheType(rawValue: cacheType) != nil, at: .header(.cacheType),
      expected: .oneOf(1, 2), actual: UInt64(cacheType))
    let mapBlocks = Format.mapBlocks(for: blocks)
    try require(
      .mapBlocksFit, blockMapBlocks == mapBlocks, at: .header(.blockMapBlocks),
      expected: .exactly(mapBlocks.rawValue), actual: blockMapBlocks.rawValue)
  }

  private func requirePlaces() throws(ImageError) {
    let end = BlockAddress(blocks.rawValue)
    try require(
      .rootInRange, root.isWithin(Format.firstBlock, end), at: .header(.treeRoot),
      expected: .within(2, blocks.rawValue), actual: treeRoot.rawValue)
    try require(
      .mapInRange, map.isWithin(Format.firstBlock, end), at: .header(.blockMap),
      expected: .within(2, blocks.rawValue), actual: blockMap.rawValue)
    try require(
      .mapApartFromRoot, !map.overlaps(root), at: .header(.treeRoot),
      expected: .not(treeRoot.rawValue), actual: treeRoot.rawValue)
  }

  private func requireInFile(_ byteCount: UInt64) throws(ImageError) {
    let end = BlockAddress(byteCount / Format.blockSize)
    try require(
      .mapAndRootInFile, part: .map, map.isWithin(0, end), at: .header(.blockMap),
      expected: .within(0, end.rawValue), actual: blockMap.rawValue)
    try require(
      .mapAndRootInFile, part: .root, root.isWithin(0, end), at: .header(.treeRoot),
      expected: .within(0, end.rawValue), actual: treeRoot.rawValue)
  }
}

extension BlockMapHeader {
  /// VCI-MAP-001 to 004: what an open requires of the header of the map to which `header` leads.
  ///
  /// - Throws: `ImageError.violation` of the first rule that is broken.
  func requireRules(for header: Header) throws(ImageError) {
    let map = header.blockMap
    try require(
      .mapMagic, magic == BlockMapHeader.magic, at: .map(.mapMagic, at: map),
      expected: .exactly(UInt64(BlockMapHeader.magic)), actual: UInt64(magic))
    try require(
      .mapVersion, version == BlockMapHeader.version, at: .map(.mapVersion, at: map),
      expected: .exactly(UInt64(BlockMapHeader.version)), actual: UInt64(version))
    try require(
      .mapCoversCache, blocks == header.blocks, at: .map(.mapBlocks, at: map),
      expected: .exactly(header.blocks.rawValue), actual: blocks.rawValue)
    let sum = [free, metadata, data].reduce(UInt128(0)) { $0 + UInt128($1.rawValue) }
    try require(
      .mapCountersSum, sum == UInt128(blocks.rawValue), at: .map(.mapFree, at: map),
      expected: .exactly(blocks.rawValue), actual: UInt64(clamping: sum))
  }
}
