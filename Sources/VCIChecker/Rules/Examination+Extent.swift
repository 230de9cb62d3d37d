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
    if slot.flags != 0 {
      add(
        byteField(.extentFlags, .checkerExtentFlags, leaf, slot, .extentFlags, slot.flags))
    }
    if slot.reserved != 0 {
      add(
        byteField(
          .extentReservedZero, .checkerExtentReservedZero, leaf, slot, .extentReserved,
          slot.reserved))
    }
  }

  /// Judges where data lies that can't be read.
  private mutating func judgeDataPlace(
    _ leaf: LookedAt, _ slot: UsedSlot, _ data: BlockRange
  ) {
    let end = sum(data.first.rawValue, data.count.rawValue)
    if data.first < Format.firstBlock || end.map({ $0 > cacheEnd.rawValue }) ?? true {
      let last = header.blocks.rawValue - min(data.count.rawValue, header.blocks.rawValue)
      let isNoted = add(
        dataField(
          .extentInRange, .checkerExtentInRange, leaf.index, slot.index, .between(2, last),
          data.first.rawValue))
      if isNoted { return }
    }
    if end.map({ $0 > fileEnd.rawValue }) ?? true {
      add(
        dataField(
          .dataInFile, .checkerDataInFile, leaf.index, slot.index, .atMost(fileEnd.rawValue),
          data.end?.rawValue ?? .max))
    }
  }

  private func byteField(
    _ rule: Rule, _ site: Fault, _ leaf: LookedAt, _ slot: UsedSlot, _ field: Field,
    _ actual: UInt8
  ) -> Violation? {
    Violation(
      rule, site: site, at: path(leaf, slot.index, field),
      offset: field.position(inNodeAt: leaf.start, slot: slot.index), length: 1,
      expected: .exactly(0), actual: UInt64(actual))
  }

  /// A violation in the address of the data of an extent.
  func dataField(
    _ rule: Rule, _ site: Fault, _ leaf: UInt32, _ slot: Int, _ expected: Expectation,
    _ actual: UInt64
  ) -> Violation? {
    Violation(
      rule, site: site, at: .extent(nodes.path(of: leaf), slot: slot, .extentAddress),
      offset: Field.extentAddress.position(inNodeAt: nodes[leaf].address.bytes, slot: slot),
      length: 8, expected: expected, actual: actual, inDirtyImage: header.isDirty)
  }
}
