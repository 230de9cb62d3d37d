internal import VCIFormat

extension Examination {
  /// VCI-EXT-003, VCI-FILE-006, VCI-EXT-007, VCI-EXT-008: checks each used extent of a leaf by
  /// itself, and claims its data if that can be read.
  mutating func checkExtents(_ leaf: ReadNode) {
    let end = min(cacheEnd, fileEnd)
    for slot in scan.used {
      counts.addExtents(1, of: slot.blocks)
      if slot.flags | slot.reserved != 0 { checkFlags(leaf, slot) }
      if hasLinks(leaf, slot) { counts.hasLinks = true }
      let data = slot.place(.leaf)
      if data.isWithin(Format.firstBlock, end) {
        claims.append(
          Claim(
            data: slot.address.rawValue, UInt32(slot.blocks), node: leaf.index,
            slot: slot.index))
      } else {
        checkDataPlace(leaf, slot, data)
      }
    }
  }

  private func hasLinks(_ leaf: ReadNode, _ slot: UsedSlot) -> Bool {
    let base = 1 + slot.index * Format.extentSize
    let previous: UInt64 = stack.number(at: base, ofNodeAt: leaf.level)
    let next: UInt64 = stack.number(at: base + 8, ofNodeAt: leaf.level)
    return previous | next != 0
  }

  /// VCI-EXT-007, VCI-EXT-008: flags and reserved byte are zero.
  private mutating func checkFlags(_ leaf: ReadNode, _ slot: UsedSlot) {
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

  /// VCI-EXT-003, VCI-FILE-006: why data cannot be read.
  private mutating func checkDataPlace(
    _ leaf: ReadNode, _ slot: UsedSlot, _ data: BlockRange
  ) {
    let place = place(of: leaf.index).slot(slot.index, .extentAddress)
    if data.first < Format.firstBlock || !ends(data, by: cacheEnd) {
      let last = header.blocks.rawValue - min(data.count.rawValue, header.blocks.rawValue)
      let isReported = add(
        .extentInRange, at: place, expected: .between(2, last), actual: data.first.rawValue)
      if isReported { return }
    }
    if !ends(data, by: fileEnd) {
      add(
        .dataInFile, at: place, expected: .atMost(fileEnd.rawValue),
        actual: data.end?.rawValue ?? .max)
    }
  }
}
