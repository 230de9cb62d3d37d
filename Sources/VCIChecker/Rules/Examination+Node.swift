internal import VCIFormat

/// A node, and what a look at it told.
struct LookedAt {
  /// Where it stands in the table of nodes.
  let index: UInt32
  /// Its level, counted from 0.
  let level: Int
  let type: NodeType
  /// What one look told; `nil` where something is out of order, and the scan tells it.
  let glance: Glance?
}

extension Examination {
  /// Looks at the node that was read for `level`, notes that it was read, and judges what an open
  /// judges of the root; `nil` where its type is unknown.
  mutating func lookAt(
    _ address: BlockAddress, at level: Int, parent: UInt32, slot: Int
  ) -> LookedAt? {
    tally.depth = max(tally.depth, level + 1)
    let type = NodeType(rawValue: levels.number(at: 0, ofNodeAt: level))
    var glance: Glance?
    var extremes: (lower: UInt64, width: UInt64)?
    if let type {
      glance = look(at: level, type)
      if glance == nil { levels.scan(at: level, type, into: &scan) }
      extremes = glance.map(\.extremes) ?? scan.extremes
    }
    let index = nodes.append(
      NodeRecord(address, parent: parent, slot: slot, level: level, extremes))
    guard let type else {
      judgeType(index)
      return nil
    }
    let found = LookedAt(index: index, level: level, type: type, glance: glance)
    if glance == nil {
      judgeSlots(found)
      judgeOrder(found)
    }
    return found
  }

  /// Looks at a node once; `nil` where the scan must tell what is out of order.
  private mutating func look(at level: Int, _ type: NodeType) -> Glance? {
    guard type == .leaf else {
      return level < Format.maximumLevels - 1 ? levels.glanceAtInternalNode(at: level) : nil
    }
    let end = min(cacheEnd, fileEnd)
    return levels.glanceAtLeaf(
      at: level, UInt32(nodes.count), dataBefore: end.rawValue, into: &claims)
  }

  private mutating func judgeType(_ index: UInt32) {
    let type: UInt8 = levels.number(at: 0, ofNodeAt: nodes[index].level)
    add(
      .nodeType, at: place(of: index).field(.nodeType), expected: .oneOf(1, 2),
      actual: UInt64(type))
  }

  private mutating func judgeSlots(_ node: LookedAt) {
    if let slot = scan.firstBehindGap {
      add(
        .nodeEntriesFirst, at: place(of: node.index).slot(slot, of: node.type),
        expected: .exactly(0), actual: 1)
    }
    for (slot, number) in scan.halves {
      add(
        .nodeEntriesWhole, at: place(of: node.index).slot(slot, of: node.type),
        expected: .exactly(0),
        actual: number)
    }
    if node.type == .internal, scan.used.isEmpty {
      add(
        .internalNodeUsed, at: place(of: node.index).field(.nodeType), expected: .atLeast(1),
        actual: 0)
    }
  }

  /// Judges order and ends of the used slots; entries at level 16 may not be there at all, and
  /// are in no order.
  private mutating func judgeOrder(_ node: LookedAt) {
    guard node.type == .leaf || node.level < Format.maximumLevels - 1 else { return }
    // One past the last disk block of the used slot before; `nil` past what 64 bits hold.
    var end: UInt64? = 0
    for (turn, slot) in scan.used.enumerated() {
      if end.map({ slot.offset < $0 }) ?? true { addOrder(node, slot, end ?? .max) }
      let next = sum(slot.offset, slot.blocks)
      if next.map({ $0 > Format.diskEnd.rawValue }) ?? true { addDiskEnd(node, slot) }
      if Fault.checkerF33.isPlanted, turn > 0 { continue }
      end = next
    }
  }

  private mutating func addOrder(_ node: LookedAt, _ slot: UsedSlot, _ end: UInt64) {
    let place = offsetPlace(node, slot)
    if node.type == .leaf {
      add(.extentOrder, at: place, expected: .atLeast(end), actual: slot.offset)
    } else {
      add(.entryOrder, at: place, expected: .atLeast(end), actual: slot.offset)
    }
  }

  private mutating func addDiskEnd(_ node: LookedAt, _ slot: UsedSlot) {
    let place = offsetPlace(node, slot)
    let last = Format.diskEnd.rawValue - slot.blocks
    if node.type == .leaf {
      add(.extentWithinDisk, at: place, expected: .atMost(last), actual: slot.offset)
    } else {
      add(.entryWithinDisk, at: place, expected: .atMost(last), actual: slot.offset)
    }
  }

  private func offsetPlace(_ node: LookedAt, _ slot: UsedSlot) -> Place {
    place(of: node.index).slot(slot.index, node.type == .leaf ? .extentOffset : .entryOffset)
  }

  /// The sum of two numbers of a file; `nil` where 64 bits can't hold it.
  func sum(_ first: UInt64, _ second: UInt64) -> UInt64? {
    let (sum, overflow) = first.addingReportingOverflow(second)
    return overflow && !Fault.checkerF32.isPlanted ? nil : sum
  }
}
