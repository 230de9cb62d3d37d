internal import VCIFormat

extension Suspects {
  /// What stands where the header says that the root is.
  enum RootKind {
    case leaf
    case internalNode
    case unknown
  }

  /// Asks the rules about the root that an open judges.
  mutating func judgeRoot() -> RootKind {
    guard model.header.treeRoot == model.root.first else {
      // Blocks of data and holes do not pass for nodes; blocks out of the middle of the root may.
      guard !rootRange.overlaps(model.root), !rootRange.overlaps(model.map) else {
        return .unknown
      }
      add(.nodeType, at: model.header.treeRoot.bytes, on: .root)
      return .leaf
    }
    switch model.rootType {
    case NodeType.leaf.rawValue: break
    case NodeType.internal.rawValue: return .internalNode
    default:
      add(.nodeType, at: model.root.first.bytes, on: .root)
      return .leaf
    }
    judgeSlots()
    judgeOrder()
    return .leaf
  }

  private mutating func judgeSlots() {
    var hasGap = false
    var isJudged = false
    for (slot, extent) in model.slots.enumerated() {
      switch (extent.blocks.rawValue > 0, extent.address.rawValue > 0) {
      case (false, false): hasGap = true
      case (true, true):
        if hasGap, !isJudged {
          add(.nodeEntriesFirst, at: place(slot))
          isJudged = true
        }
      default: add(.nodeEntriesWhole, at: place(slot))
      }
    }
  }

  private mutating func judgeOrder() {
    var before: Extent?
    for slot in model.used {
      let extent = model.slots[slot]
      if let before, UInt128(extent.offset.rawValue) < end(before) {
        add(.extentOrder, at: place(.extentOffset, slot))
      }
      if end(extent) > UInt128(1) << 54 { add(.extentWithinDisk, at: place(.extentOffset, slot)) }
      before = extent
    }
  }

  private func end(_ extent: Extent) -> UInt128 {
    UInt128(extent.offset.rawValue) + UInt128(extent.blocks.rawValue)
  }

  /// Where a slot of the root stands.
  private func place(_ slot: Int) -> UInt64 { place(.extentPrevious, slot) }

  /// Where a field of a slot of the root stands.
  private func place(_ field: Field, _ slot: Int) -> UInt64 {
    field.position(inNodeAt: model.root.first.bytes, slot: slot)
  }
}

extension Suspects {
  /// Asks all rules about the tree, for a root that is a leaf and kept what an open judges.
  mutating func judgeTree() {
    let owned = Ownership(model)
    for part in [BlockRange(0, Format.headerBlocks), model.map, model.root] {
      let run = part.first.rawValue..<part.first.rawValue + part.count.rawValue
      if let clear = model.bits.firstMissing(in: run) {
        add(.mapHoldsMetadata, at: model.position(ofBitmapByte: clear / 8))
      }
    }
    if let stray = firstStray() { add(.nodeRestZero, at: stray) }
    for slot in model.used { judgeExtent(slot, owned) }
    judgeCollisions(owned)
    judgeLinks()
    judgeTotals(owned)
  }

  private mutating func judgeExtent(_ slot: Int, _ owned: Ownership) {
    let extent = model.slots[slot]
    let end = BlockAddress(model.header.blocks.rawValue)
    if !extent.data.isWithin(2, end) {
      add(.extentInRange, at: place(.extentAddress, slot), on: .slot(slot))
    }
    if !extent.data.isWithin(0, model.fileEnd) {
      add(.dataInFile, at: place(.extentAddress, slot), on: .slot(slot))
    }
    if extent.flags != 0 { add(.extentFlags, at: place(.extentFlags, slot)) }
    if extent.reserved != 0 { add(.extentReservedZero, at: place(.extentReserved, slot)) }
    guard owned.placed.contains(slot) else { return }
    let run = extent.address.rawValue..<extent.address.rawValue + extent.blocks.rawValue
    if model.bits.firstMissing(in: run) != nil {
      add(.extentAllocated, at: place(.extentAddress, slot), on: .slot(slot))
    }
    if extent.data.overlaps(model.map) || extent.data.overlaps(model.root) {
      add(.extentApartFromMetadata, at: place(.extentAddress, slot), on: .slot(slot))
    }
  }

  /// Asks which extents meet the data of an earlier one.
  private mutating func judgeCollisions(_ owned: Ownership) {
    let placed = model.used.filter(owned.placed.contains)
    let total = placed.reduce(0) { $0 + model.slots[$1].blocks.rawValue }
    guard BlockRuns(placed.map { model.slots[$0].data }).count(below: .max) < total else { return }
    for (index, slot) in placed.enumerated() {
      let data = model.slots[slot].data
      if placed[..<index].contains(where: { model.slots[$0].data.overlaps(data) }) {
        add(.extentApartFromData, at: place(.extentAddress, slot), on: .slot(slot))
      }
    }
  }

  /// The first byte of unused slots and padding that is not zero.
  private func firstStray() -> UInt64? {
    for (slot, extent) in model.slots.enumerated() where extent.slotState == .unused {
      let strays: [(isStray: Bool, byte: Int)] = [
        (extent.previous.rawValue != 0, extent.previous.rawValue.trailingZeroBitCount / 8),
        (extent.next.rawValue != 0, 8 + extent.next.rawValue.trailingZeroBitCount / 8),
        (extent.flags != 0, 16),
        (extent.reserved != 0, 17),
        (extent.offset.rawValue != 0, 18 + extent.offset.rawValue.trailingZeroBitCount / 8),
      ]
      if let stray = strays.first(where: \.isStray) { return place(slot) + UInt64(stray.byte) }
    }
    return model.padding.first.map {
      model.root.first.bytes + UInt64(ImageModel.paddingStart + $0)
    }
  }
}

extension Suspects {
  /// Asks the rules about the LRU list.
  private mutating func judgeLinks() {
    let used = model.used
    let slots = model.slots
    var owners: [BlockAddress: Int] = [:]
    for slot in used where owners.updateValue(slot, forKey: slots[slot].address) != nil { return }
    for slot in used {
      for (field, link) in [
        (Field.extentPrevious, slots[slot].previous), (.extentNext, slots[slot].next),
      ]
      where link != 0 && owners[link] == nil {
        add(.lruLinks, at: place(field, slot))
      }
    }
    guard !broken.contains(.lruLinks), used.contains(where: { slots[$0].isLinked }) else { return }
    if let place = firstBrokenLink(used, owners) { add(.lruList, at: place) }
  }

  /// The first place at which the links of a list do not agree.
  private func firstBrokenLink(_ used: [Int], _ owners: [BlockAddress: Int]) -> UInt64? {
    let slots = model.slots
    for slot in used {
      let extent = slots[slot]
      if let other = owners[extent.previous], slots[other].next != extent.address {
        return place(.extentPrevious, slot)
      }
      if let other = owners[extent.next], slots[other].previous != extent.address {
        return place(.extentNext, slot)
      }
    }
    let heads = used.filter { slots[$0].previous == 0 }
    if heads.count > 1 { return place(.extentPrevious, heads[1]) }
    var reached: Set<Int> = []
    var next = heads.first
    while let slot = next, reached.insert(slot).inserted { next = owners[slots[slot].next] }
    return used.first { !reached.contains($0) }.map { place(.extentPrevious, $0) }
  }
}

extension Extent {
  /// Whether a link leads to it or from it.
  fileprivate var isLinked: Bool { previous != 0 || next != 0 }
}
