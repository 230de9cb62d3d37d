internal import VCIFormat

/// What an open owes of the header (VCI-RD-002).
extension Header {
  /// Where the root lies.
  var root: BlockRange { BlockRange(treeRoot, Format.nodeBlocks) }
  /// Where the block map lies.
  var map: BlockRange { BlockRange(blockMap, blockMapBlocks) }

  /// Judges the header of a file of `byteCount` bytes.
  ///
  /// - Throws: `ImageError.violation` for VCI-HDR-003 to 009 and VCI-FILE-005.
  func judge(inFileOf byteCount: UInt64) throws(ImageError) {
    if Faults.skipsHeader { return }
    try judgeNumbers()
    try judgePlaces()
    try judgeFile(byteCount)
  }

  private func judgeNumbers() throws(ImageError) {
    let least = Format.leastBlocks(for: blocks)
    if blocks < least || blocks > Format.maximumBlocks {
      try refuse(
        .headerBlocks, at: .header(.blocks),
        expected: .between(least.rawValue, Format.maximumBlocks.rawValue), actual: blocks.rawValue)
    }
    if uncleanShutdown > 1 {
      try refuse(
        .headerUncleanShutdown, at: .header(.uncleanShutdown), expected: .oneOf(0, 1),
        actual: UInt64(uncleanShutdown))
    }
    if CacheType(rawValue: cacheType) == nil {
      try refuse(
        .headerCacheType, at: .header(.cacheType), expected: .oneOf(1, 2), actual: UInt64(cacheType)
      )
    }
    let mapBlocks = Format.mapBlocks(for: blocks)
    if blockMapBlocks != mapBlocks {
      try refuse(
        .mapBlocksFit, at: .header(.blockMapBlocks), expected: .exactly(mapBlocks.rawValue),
        actual: blockMapBlocks.rawValue)
    }
  }

  private func judgePlaces() throws(ImageError) {
    let end = BlockAddress(blocks.rawValue)
    if !root.isWithin(Format.firstBlock, end) {
      try refuse(
        .rootInRange, at: .header(.treeRoot), expected: .within(2, blocks.rawValue),
        actual: treeRoot.rawValue)
    }
    if !map.isWithin(Format.firstBlock, end) {
      try refuse(
        .mapInRange, at: .header(.blockMap), expected: .within(2, blocks.rawValue),
        actual: blockMap.rawValue)
    }
    if map.overlaps(root) {
      try refuse(
        .mapApartFromRoot, at: .header(.treeRoot), expected: .not(treeRoot.rawValue),
        actual: treeRoot.rawValue)
    }
  }

  private func judgeFile(_ byteCount: UInt64) throws(ImageError) {
    let end = BlockAddress(byteCount / Format.blockSize)
    if !map.isWithin(0, end) {
      try refuse(
        .mapAndRootInFile, part: .map, at: .header(.blockMap), expected: .within(0, end.rawValue),
        actual: blockMap.rawValue)
    }
    if !root.isWithin(0, end) {
      try refuse(
        .mapAndRootInFile, part: .root, at: .header(.treeRoot), expected: .within(0, end.rawValue),
        actual: treeRoot.rawValue)
    }
  }
}

extension BlockMapHeader {
  /// Judges the header of the map that `header` leads to.
  ///
  /// - Throws: `ImageError.violation` for VCI-MAP-001 to 004.
  func judge(for header: Header) throws(ImageError) {
    if magic != BlockMapHeader.magic {
      try refuse(
        .mapMagic, at: .map(.mapMagic, at: header.blockMap),
        expected: .exactly(UInt64(BlockMapHeader.magic)), actual: UInt64(magic))
    }
    if version != BlockMapHeader.version {
      try refuse(
        .mapVersion, at: .map(.mapVersion, at: header.blockMap),
        expected: .exactly(UInt64(BlockMapHeader.version)), actual: UInt64(version))
    }
    if blocks != header.blocks {
      try refuse(
        .mapCoversCache, at: .map(.mapBlocks, at: header.blockMap),
        expected: .exactly(header.blocks.rawValue), actual: blocks.rawValue)
    }
    let sum = [free, metadata, data].reduce(UInt128(0)) { $0 + UInt128($1.rawValue) }
    if sum != UInt128(blocks.rawValue) {
      try refuse(
        .mapCountersSum, at: .map(.mapFree, at: header.blockMap),
        expected: .exactly(blocks.rawValue), actual: UInt64(clamping: sum))
    }
  }
}
