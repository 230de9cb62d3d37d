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
    if Fault.referenceF39.isPlanted { return }
    try judgeNumbers()
    try judgePlaces()
    try judgeFile(byteCount)
  }

  private func judgeNumbers() throws(ImageError) {
    let least = Format.leastBlocks(for: blocks)
    if blocks < least || blocks > Format.maximumBlocks {
      try refuse(
        .inHeader(
          .headerBlocks, .referenceHeaderBlocks, .blocks,
          .between(least.rawValue, Format.maximumBlocks.rawValue), blocks.rawValue))
    }
    if uncleanShutdown > 1 {
      try refuse(
        .inHeader(
          .headerUncleanShutdown, .referenceHeaderUncleanShutdown, .uncleanShutdown,
          .oneOf(0, 1), UInt64(uncleanShutdown)))
    }
    if CacheType(rawValue: cacheType) == nil {
      try refuse(
        .inHeader(
          .headerCacheType, .referenceHeaderCacheType, .cacheType, .oneOf(1, 2),
          UInt64(cacheType)))
    }
    let mapBlocks = Format.mapBlocks(for: blocks)
    if blockMapBlocks != mapBlocks {
      try refuse(
        .inHeader(
          .mapBlocksFit, .referenceMapBlocksFit, .blockMapBlocks, .exactly(mapBlocks.rawValue),
          blockMapBlocks.rawValue))
    }
  }

  private func judgePlaces() throws(ImageError) {
    let end = BlockAddress(blocks.rawValue)
    if !root.isWithin(Format.firstBlock, end) {
      try refuse(
        .inHeader(
          .rootInRange, .referenceRootInRange, .treeRoot, .within(2, blocks.rawValue),
          treeRoot.rawValue))
    }
    if !map.isWithin(Format.firstBlock, end) {
      try refuse(
        .inHeader(
          .mapInRange, .referenceMapInRange, .blockMap, .within(2, blocks.rawValue),
          blockMap.rawValue))
    }
    if map.overlaps(root) {
      try refuse(
        .inHeader(
          .mapApartFromRoot, .referenceMapApartFromRoot, .treeRoot, .not(treeRoot.rawValue),
          treeRoot.rawValue))
    }
  }

  private func judgeFile(_ byteCount: UInt64) throws(ImageError) {
    let end = BlockAddress(byteCount / Format.blockSize)
    if !map.isWithin(0, end) {
      try refuse(
        .inHeader(
          .mapAndRootInFile, .referenceMapInFile, .blockMap, .within(0, end.rawValue),
          blockMap.rawValue))
    }
    if !root.isWithin(0, end) {
      try refuse(
        .inHeader(
          .mapAndRootInFile, .referenceRootInFile, .treeRoot, .within(0, end.rawValue),
          treeRoot.rawValue))
    }
  }
}

extension BlockMapHeader {
  /// Judges the header of the map that `header` leads to.
  ///
  /// - Throws: `ImageError.violation` for VCI-MAP-001 to 004.
  func judge(for header: Header) throws(ImageError) {
    let start = header.blockMap.bytes
    if magic != BlockMapHeader.magic {
      try refuse(
        .inMap(
          .mapMagic, .referenceMapMagic, .mapMagic, start,
          .exactly(UInt64(BlockMapHeader.magic)), UInt64(magic)))
    }
    if version != BlockMapHeader.version {
      try refuse(
        .inMap(
          .mapVersion, .referenceMapVersion, .mapVersion, start,
          .exactly(UInt64(BlockMapHeader.version)), UInt64(version)))
    }
    if blocks != header.blocks {
      try refuse(
        .inMap(
          .mapCoversCache, .referenceMapCoversCache, .mapBlocks, start,
          .exactly(header.blocks.rawValue), blocks.rawValue))
    }
    let sum = [free, metadata, data].reduce(UInt128(0)) { $0 + UInt128($1.rawValue) }
    if sum != UInt128(blocks.rawValue) {
      try refuse(
        .inMap(
          .mapCountersSum, .referenceMapCountersSum, .mapFree, start,
          .exactly(blocks.rawValue), UInt64(clamping: sum)))
    }
  }
}

extension Violation? {
  /// A violation in a field of the header.
  static func inHeader(
    _ rule: Rule, _ site: Fault, _ field: Field, _ expected: Expectation, _ actual: UInt64
  ) -> Violation? {
    Violation(
      rule, site: site, at: .field(field), offset: UInt64(field.offset),
      length: UInt64(field.layout.width), expected: expected, actual: actual)
  }

  /// A violation in a field of the map's header, which starts at byte `start`.
  static func inMap(
    _ rule: Rule, _ site: Fault, _ field: Field, _ start: UInt64, _ expected: Expectation,
    _ actual: UInt64
  ) -> Violation? {
    Violation(
      rule, site: site, at: .field(field), offset: field.position(from: start),
      length: UInt64(field.layout.width), expected: expected, actual: actual)
  }
}
