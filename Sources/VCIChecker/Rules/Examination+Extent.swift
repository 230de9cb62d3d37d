internal import VCIFormat

extension Examination {
  /// Judges each used extent of a leaf by itself, and claims the data of those that can be read.
  mutating func judgeExtents(_ leaf: LookedAt) {
    let end = min(cacheEnd, fileEnd)
    for slot in scan.used {
      tally.extents += 1
      tally.addBlocks(slot.blocks)
      if slot.flags | slot.reserved != 0 { judgeFlags(leaf, slot) }
      if hasLinks(leaf, slot) { tally.hasLinks = true }
      let data = slot.place(.leaf)
      if data.isWithin(Format.firstBlock, end) {
        claims.append(
          Claim(
            data: slot.address.rawValue, UInt32(slot.blocks), node: leaf.index,
            slot: slot.index))
      } else {
        judgeDataPlace(leaf, slot, data)
      }
    }
  }

  private func hasLinks(_ leaf: LookedAt, _ slot: UsedSlot) -> Bool {
    let base = 1 + slot.index * Format.extentSize
    let previous: UInt64 = levels.number(at: base, ofNodeAt: leaf.level)
    let next: UInt64 = levels.number(at: base + 8, ofNodeAt: leaf.level)
    return previous | next != 0
  }

  private mutating func judgeFlags(_ leaf: LookedAt, _ slot: UsedSlot) {
    let place = place(of: leaf.index)
    if slot.flags != 0 {
      add(
        .extentFlags, at: place.slot(slot.index, .extentFlags), expected: .exactly(0),
        actual: UInt64(slot.flags))
    }
    if slot.reserved != 0 {
      add(
        .extentReservedZero, at: place.slot(slot.index, .extentReserved), expected: .exactly(0),
        actual: UInt64(slot.reserved))
    }
  }

  /// Judges where data lies that can't be read.
  private mutating func judgeDataPlace(
    _ leaf: LookedAt, _ slot: UsedSlot, _ data: BlockRange
  ) {
    let place = place(of: leaf.index).slot(slot.index, .extentAddress)
    let end = sum(data.first.rawValue, data.count.rawValue)
    if data.first < Format.firstBlock || end.map({ $0 > cacheEnd.rawValue }) ?? true {
      let last = header.blocks.rawValue - min(data.count.rawValue, header.blocks.rawValue)
      let isNoted = add(
        .extentInRange, at: place, expected: .between(2, last), actual: data.first.rawValue)
      if isNoted { return }
    }
    if end.map({ $0 > fileEnd.rawValue }) ?? true {
      add(
        .dataInFile, at: place, expected: .atMost(fileEnd.rawValue),
        actual: data.end?.rawValue ?? .max)
    }
  }
}
