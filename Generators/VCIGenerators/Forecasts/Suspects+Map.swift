internal import VCIFormat

extension Suspects {
  /// Asks the rules about the block map's own fields; answers whether the model knows its bytes.
  mutating func judgeMap() -> Bool {
    guard model.header.blockMap == model.map.first else {
      // No other block of a planned image passes for the start of a map, but for those that the
      // map itself has.
      guard !model.map.contains(model.header.blockMap) else { return false }
      add(.mapMagic, at: model.header.blockMap.bytes)
      return true
    }
    let counters = model.counters
    if counters.magic != 0x4b4c_4256 { add(.mapMagic, at: place(.mapMagic)) }
    if counters.version != 1 { add(.mapVersion, at: place(.mapVersion)) }
    if counters.blocks != model.header.blocks { add(.mapCoversCache, at: place(.mapBlocks)) }
    judgeSums()
    if let stray = model.mapReserved.first {
      add(.mapReservedZero, at: place(.mapReserved) + UInt64(stray))
    }
    // Longer than the plan's map, it ends in bytes of something else.
    return broken.contains(.mapCoversCache) || model.header.blockMapBlocks == model.map.count
  }

  private mutating func judgeSums() {
    let counters = model.counters
    let blocks = counters.blocks.rawValue
    let sum = [counters.free, counters.metadata, counters.data].reduce(UInt128(0)) {
      $0 + UInt128($1.rawValue)
    }
    if sum != UInt128(blocks) { add(.mapCountersSum, at: place(.mapFree)) }
    if counters.free.rawValue != blocks - model.bits.count(below: blocks) {
      add(.mapFreeCount, at: place(.mapFree))
    }
    if let stray = model.bits.first(from: blocks) {
      add(.mapTailClear, at: model.position(ofBitmapByte: stray / 8))
    }
  }

  /// Where a field of the map's header stands.
  private func place(_ field: Field) -> UInt64 { field.position(from: model.map.first.bytes) }

  /// Asks the rules about the totals and the bits that nobody owns.
  mutating func judgeTotals(_ owned: Ownership) {
    let counters = model.counters
    let limit = model.header.blocks.rawValue
    let leaks = model.bits.below(limit).subtracting(owned.all)
    for leak in leaks {
      add(.blockOwned, at: model.position(ofBitmapByte: leak.lowerBound / 8))
    }
    let metadata = counters.metadata.rawValue
    let data = counters.data.rawValue
    let holds = { (metadata: UInt64, data: UInt64) in
      leaks.isEmpty
        ? metadata == owned.metadataBlocks && data == owned.dataBlocks
        : metadata >= owned.metadataBlocks && data >= owned.dataBlocks
    }
    guard !holds(metadata, data) else { return }
    let isExchanged = metadata != data && holds(data, metadata)
    add(isExchanged ? .mapTotalsApart : .mapTotals, at: place(.mapMetadata))
  }
}
