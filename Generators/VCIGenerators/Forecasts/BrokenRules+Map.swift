internal import VCIFormat

extension BrokenRules {
  /// VCI-MAP-001, VCI-MAP-002, VCI-MAP-003, VCI-MAP-007 and those of `predictSums()`: the block
  /// map. Returns whether the model knows the bytes to which the header's map address leads.
  mutating func predictMap() -> Bool {
    guard model.header.blockMap == model.map.first else {
      // Only the map's own blocks could be taken for the start of a map.
      guard !model.map.contains(model.header.blockMap) else { return false }
      add(.mapMagic, at: model.header.blockMap.bytes)
      return true
    }
    let counters = model.counters
    if counters.magic != 0x4b4c_4256 { add(.mapMagic, at: offset(of: .mapMagic)) }
    if counters.version != 1 { add(.mapVersion, at: offset(of: .mapVersion)) }
    if counters.blocks != model.header.blocks { add(.mapCoversCache, at: offset(of: .mapBlocks)) }
    predictSums()
    if let stray = model.mapReserved.first {
      add(.mapReservedZero, at: offset(of: .mapReserved) + UInt64(stray))
    }
    // A map that is longer than the planned one ends in bytes of another structure.
    return broken.contains(.mapCoversCache) || model.header.blockMapBlocks == model.map.count
  }

  /// VCI-MAP-004, VCI-MAP-005, VCI-MAP-006: the counters' sum, the free count, the bits past the
  /// last block.
  private mutating func predictSums() {
    let counters = model.counters
    let blocks = counters.blocks.rawValue
    let sum = [counters.free, counters.metadata, counters.data].reduce(UInt128(0)) {
      $0 + UInt128($1.rawValue)
    }
    if sum != UInt128(blocks) { add(.mapCountersSum, at: offset(of: .mapFree)) }
    if counters.free.rawValue != blocks - model.bits.count(below: blocks) {
      add(.mapFreeCount, at: offset(of: .mapFree))
    }
    if let stray = model.bits.first(from: blocks) {
      add(.mapTailClear, at: model.offset(ofBitmapByte: stray / 8))
    }
  }

  /// The file offset of a field of the map's header.
  private func offset(of field: Field) -> UInt64 { field.position(from: model.map.first.bytes) }

  /// VCI-OCC-001, VCI-MAP-009, VCI-MAP-010: bits without an owner, and the totals.
  mutating func predictTotals(_ owned: Ownership) {
    let counters = model.counters
    let leaks = model.bits.below(model.header.blocks.rawValue).subtracting(owned.all)
    for leak in leaks {
      add(.blockOwned, at: model.offset(ofBitmapByte: leak.lowerBound / 8))
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
    add(isExchanged ? .mapTotalsApart : .mapTotals, at: offset(of: .mapMetadata))
  }
}
