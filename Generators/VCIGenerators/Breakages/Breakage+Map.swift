internal import PropertyEngine
internal import VCIFormat

extension Breakage {
  /// VCI-MAP-001: a wrong magic number.
  mutating func mapMagic() -> [Edit] {
    let values: [Change] = [.flipping(1 << choices.number(upTo: 31)), .to(0x5642_4c4b), .to(0)]
    return [.change(.field(.mapMagic), choices.element(of: values))]
  }

  /// VCI-MAP-002: another version.
  mutating func mapVersion() -> [Edit] { set(.mapVersion, toOneOf: [2, 0, 0x100, 0x0100_0000]) }

  /// VCI-MAP-003: a map of a cache of another size.
  mutating func mapCoversCache() -> [Edit] {
    let values: [Change] = [.adding(1), .adding(.max), .adding(4096), .to(0), .to(.max)]
    return [.change(.field(.mapBlocks), choices.element(of: values))]
  }

  /// VCI-MAP-004: counters whose sum is wrong, or is right only modulo 2^64.
  mutating func mapCountersSum() -> [Edit] {
    let counters: [Field] = [.mapFree, .mapMetadata, .mapData]
    let first = choices.element(of: counters)
    guard choices.chance(1, in: 3) else {
      return [.change(.field(first), .adding(choices.element(of: [1, .max, 1 << 32])))]
    }
    return counters.filter { $0 != first }.map { .change(.field($0), .adding(1 << 63)) }
  }

  /// VCI-MAP-005: blocks that are counted as free instead of owned, or the other way round.
  mutating func mapFreeCount() -> [Edit] {
    exchangeCounts(.mapFree, with: choices.element(of: [.mapMetadata, .mapData]))
  }

  /// VCI-MAP-009: blocks that are counted as metadata instead of data, or the other way round.
  mutating func mapTotals() -> [Edit] {
    exchangeCounts(.mapMetadata, with: choices.element(of: [.mapData]))
  }

  /// Moves some blocks from one counter to another. The sum stays the same.
  private mutating func exchangeCounts(_ field: Field, with other: Field) -> [Edit] {
    let amount = choices.element(of: [1, 2, 8] as [UInt64])
    let isFromOther = choices.chance(1, in: 2)
    let (source, target) = isFromOther ? (other, field) : (field, other)
    // A counter that is too small takes them from the other one.
    let (loser, winner) = model.counters[source] < amount ? (target, source) : (source, target)
    return [
      .change(.field(loser), .adding(0 &- amount)), .change(.field(winner), .adding(amount)),
    ]
  }

  /// VCI-MAP-007: a nonzero reserved byte.
  mutating func mapReservedZero() -> [Edit] { [strayByte(.field(.mapReserved), 472)] }

  /// VCI-MAP-010: the counts of metadata and data, exchanged.
  func mapTotalsApart() -> [Edit] {
    let metadata = model.counters.metadata.rawValue
    let data = model.counters.data.rawValue
    guard metadata != data else { return [] }
    return [
      .change(.field(.mapMetadata), .to(data)), .change(.field(.mapData), .to(metadata)),
    ]
  }
}

extension Breakage {
  /// VCI-MAP-006: a set bit past the last block.
  mutating func mapTailClear() -> [Edit] {
    let blocks = model.header.blocks.rawValue
    guard blocks < model.bitCapacity else { return [] }
    let last = model.bitCapacity - 1
    let bit = choices.element(of: [blocks, last, choices.number(in: blocks...last)])
    return [.toggle(BlockAddress(bit))]
  }

  /// VCI-MAP-008: a clear bit of header, map or root.
  mutating func mapHoldsMetadata() -> [Edit] {
    clearBit(in: choices.element(of: [BlockRange(0, 2), model.map, model.root]))
  }

  /// VCI-EXT-004: a clear bit of data.
  mutating func extentAllocated() -> [Edit] {
    guard let pick = pickExtent() else { return [] }
    return clearBit(in: model.extent(pick).data)
  }

  /// VCI-NODE-003: a clear bit of a node.
  mutating func nodeAllocated() -> [Edit] {
    guard let node = pickNode(where: { $0.path != .root }) else { return [] }
    return clearBit(in: model.nodes[node].range)
  }

  /// Clears the bit of the first, the last or any block of `part`.
  private mutating func clearBit(in part: BlockRange) -> [Edit] {
    let last = part.count.rawValue - 1
    let step = choices.element(of: [0, last, choices.number(upTo: last)])
    let (block, overflow) = part.first.rawValue.addingReportingOverflow(step)
    guard !overflow, model.bits.contains(block) else { return [] }
    return [.toggle(BlockAddress(block))]
  }

  /// VCI-OCC-001: a set bit of a block without an owner, or an extent that is removed.
  mutating func blockOwned() -> [Edit] {
    let blocks = model.header.blocks.rawValue
    let start = choices.element(of: [blocks &- 1, choices.magnitude(upTo: blocks &- 1)])
    let free = model.bits.firstMissing(in: start..<max(blocks, start))
    if let free, choices.chance(4, in: 5) {
      let next = free + 1
      let isPair = next < blocks && !model.bits.contains(next) && choices.chance(1, in: 3)
      return isPair
        ? [.toggle(BlockAddress(free)), .toggle(BlockAddress(next))]
        : [.toggle(BlockAddress(free))]
    }
    return model.usedExtents.last.map { [.clear(model.path($0, nil))] } ?? []
  }
}
