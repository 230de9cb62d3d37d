internal import VCIFormat

extension Examination {
  /// VCI-MAP-001 to VCI-MAP-007: checks the block map by itself.
  mutating func checkMap(_ source: any ByteSource) throws(StorageError) {
    _ = try Self.fill(
      &mapBytes, from: source, at: header.blockMap.bytes, size: report.byteCount)
    let map = unsafe BlockMapHeader(decoding: mapBytes.span.bytes)
    report.stored = Report.Counters(
      free: map.free.rawValue, metadata: map.metadata.rawValue, data: map.data.rawValue)
    if map.magic != BlockMapHeader.magic {
      add(
        .mapMagic, at: mapField(.mapMagic), expected: .exactly(UInt64(BlockMapHeader.magic)),
        actual: UInt64(map.magic))
      guard !broken.contains(.mapMagic) else { return }
    }
    if map.version != BlockMapHeader.version {
      add(
        .mapVersion, at: mapField(.mapVersion), expected: .exactly(1), actual: UInt64(map.version))
      guard !broken.contains(.mapVersion) else { return }
    }
    if map.blocks != header.blocks {
      add(
        .mapCoversCache, at: mapField(.mapBlocks), expected: .exactly(header.blocks.rawValue),
        actual: map.blocks.rawValue)
    }
    if !broken.contains(.mapCoversCache) { try checkBits(map, source) }
    checkMapReserved()
  }

  /// VCI-MAP-007: the reserved bytes are zero.
  private mutating func checkMapReserved() {
    let reserved = Field.mapReserved.offset..<Format.mapHeaderSize
    guard unsafe !mapBytes.span.bytes.isZero(from: reserved.lowerBound),
      let stray = unsafe mapBytes.span.bytes.firstNonZero(in: reserved)
    else { return }
    let place = mapField(.mapReserved).byte(at: header.blockMap.bytes + UInt64(stray))
    add(.mapReservedZero, at: place, expected: .exactly(0), actual: UInt64(mapBytes[stray]))
  }

  /// VCI-MAP-004, VCI-MAP-005, VCI-MAP-006: counters and bits agree.
  private mutating func checkBits(
    _ map: BlockMapHeader, _ source: any ByteSource
  ) throws(StorageError) {
    let (part, overflow) = map.free.rawValue.addingReportingOverflow(map.metadata.rawValue)
    let (sum, moreOverflow) = part.addingReportingOverflow(map.data.rawValue)
    let overflows = (overflow || moreOverflow) && !Faults.wrapsCounters
    if overflows || sum != header.blocks.rawValue {
      add(
        .mapCountersSum, at: mapField(.mapFree), expected: .exactly(header.blocks.rawValue),
        actual: overflows ? .max : sum)
    }
    let counts = try countBits(source)
    let free = header.blocks.rawValue - counts.set
    if map.free.rawValue != free {
      add(
        .mapFreeCount, at: mapField(.mapFree), expected: .exactly(free), actual: map.free.rawValue)
    }
    if let stray = counts.firstPastEnd {
      add(.mapTailClear, at: bits(of: stray..<stray + 1), expected: .exactly(0), actual: 1)
    }
  }

  /// Where the bitmap starts in the file, in bytes.
  var bitmapStart: UInt64 { header.blockMap.bytes + UInt64(Format.mapHeaderSize) }

  /// Returns the number of set bits that have a block, and the first set bit that has none.
  private mutating func countBits(
    _ source: any ByteSource
  ) throws(StorageError) -> (set: UInt64, firstPastEnd: UInt64?) {
    let bitmapBlocks = max(1, header.blockMapBlocks.rawValue) - 1
    bitmap.begin(
      source, at: bitmapStart, byteCount: bitmapBlocks * Format.blockSize,
      size: report.byteCount)
    var set: UInt64 = 0
    var firstPastEnd: UInt64?
    while try bitmap.readPiece() {
      let bytes = unsafe bitmap.bytes.span.bytes
      let first = bitmap.piece.lowerBound * 8
      var offset = 0
      let count = bitmap.piece.count
      // Whole words below the end first: most bitmaps have nothing else.
      let whole = Int(min(UInt64(count), (max(first, header.blocks.rawValue) - first) / 64 * 8))
      while offset < whole {
        let word: UInt64 = bytes.number(at: offset)
        if word != 0 { set += UInt64(word.nonzeroBitCount) }
        offset += 8
      }
      while offset < count {
        let word: UInt64 = bytes.number(at: offset)
        let position = first + UInt64(offset) * 8
        let kept: UInt64 =
          position >= header.blocks.rawValue ? 0 : (1 << (header.blocks.rawValue - position)) - 1
        set += UInt64((word & kept).nonzeroBitCount)
        if word & ~kept != 0, firstPastEnd == nil {
          firstPastEnd = position + UInt64((word & ~kept).trailingZeroBitCount)
        }
        offset += 8
      }
    }
    return (set, firstPastEnd)
  }
}
