internal import VCIFormat

/// A node that was read and entered into the table of nodes.
struct ReadNode {
  /// Its index in the table.
  let index: UInt32
  /// Its level, counted from 0.
  let level: Int
  let type: NodeType
  /// The summary of a node that breaks no rule by itself; `nil` for any other, which is in `scan`.
  let fastPath: NodeFastPath?
}

extension Examination {
  /// VCI-NODE-001, VCI-NODE-006, VCI-NODE-007, VCI-NODE-009 and order and disk range of the slots:
  /// all that an open checks of the root.
  ///
  /// Enters the node that was read for `level` into the table of nodes, and returns it; `nil` if
  /// its type is unknown.
  mutating func checkNode(
    _ address: BlockAddress, at level: Int, parent: UInt32, slot: Int
  ) -> ReadNode? {
    counts.tree.depth = max(counts.tree.depth, level + 1)
    let type = NodeType(rawValue: stack.number(at: 0, ofNodeAt: level))
    var fastPath: NodeFastPath?
    var extremes: (lower: UInt64, width: UInt64)?
    if let type {
      fastPath = takeFastPath(at: level, type)
      if fastPath == nil { stack.scan(at: level, type, into: &scan) }
      extremes = fastPath.map(\.extremes) ?? scan.extremes
    }
    let index = nodes.append(
      NodeRecord(address, parent: parent, slot: slot, level: level, extremes))
    guard let type else {
      let byte: UInt8 = stack.number(at: 0, ofNodeAt: level)
      add(
        .nodeType, at: place(of: index).field(.nodeType), expected: .oneOf(1, 2),
        actual: UInt64(byte))
      return nil
    }
    let node = ReadNode(index: index, level: level, type: type, fastPath: fastPath)
    if fastPath == nil {
      checkSlots(node)
      checkOrder(node)
    }
    return node
  }

  /// Returns the summary of the node that was read for `level`, or `nil` if it must be scanned.
  private mutating func takeFastPath(at level: Int, _ type: NodeType) -> NodeFastPath? {
    guard type == .leaf else {
      return level < Format.maximumLevels - 1 ? stack.fastPathOfInternalNode(at: level) : nil
    }
    let end = min(cacheEnd, fileEnd)
    return stack.fastPathOfLeaf(
      at: level, UInt32(nodes.count), dataBefore: end.rawValue, into: &claims)
  }

  /// VCI-NODE-006, VCI-NODE-007, VCI-NODE-009: used slots come first, none is half used, and an
  /// internal node has one.
  private mutating func checkSlots(_ node: ReadNode) {
    if let slot = scan.firstAfterGap {
      add(
        .nodeEntriesFirst, at: place(of: node.index).slot(slot, of: node.type),
        expected: .exactly(0), actual: 1)
    }
    for (slot, number) in scan.halves {
      add(
        .nodeEntriesWhole, at: place(of: node.index).slot(slot, of: node.type),
        expected: .exactly(0), actual: number)
    }
    if node.type == .internal, scan.used.isEmpty {
      add(
        .internalNodeUsed, at: place(of: node.index).field(.nodeType), expected: .atLeast(1),
        actual: 0)
    }
  }

  /// VCI-EXT-001, VCI-EXT-002, VCI-INT-001, VCI-INT-002: used slots ascend, and end within the
  /// largest disk. Entries at level 16 may not exist at all (VCI-NODE-012), so they have no order.
  private mutating func checkOrder(_ node: ReadNode) {
    guard node.type == .leaf || node.level < Format.maximumLevels - 1 else { return }
    // One past the last disk block of the used slot before; `nil` past what 64 bits hold.
    var end: UInt64? = 0
    for (turn, slot) in scan.used.enumerated() {
      if end.map({ slot.offset < $0 }) ?? true { addOrder(node, slot, end ?? .max) }
      let next = sum(slot.offset, slot.blocks)
      if next.map({ $0 > Format.diskEnd.rawValue }) ?? true { addDiskEnd(node, slot) }
      if Faults.keepsFirstEnd(at: turn) { continue }
      end = next
    }
  }

  private mutating func addOrder(_ node: ReadNode, _ slot: UsedSlot, _ end: UInt64) {
    let place = place(of: node.index)
    if node.type == .leaf {
      add(
        .extentOrder, at: place.slot(slot.index, .extentOffset), expected: .atLeast(end),
        actual: slot.offset)
    } else {
      add(
        .entryOrder, at: place.slot(slot.index, .entryOffset), expected: .atLeast(end),
        actual: slot.offset)
    }
  }

  private mutating func addDiskEnd(_ node: ReadNode, _ slot: UsedSlot) {
    let place = place(of: node.index)
    let last = Expectation.atMost(Format.diskEnd.rawValue - slot.blocks)
    if node.type == .leaf {
      add(
        .extentWithinDisk, at: place.slot(slot.index, .extentOffset), expected: last,
        actual: slot.offset)
    } else {
      add(
        .entryWithinDisk, at: place.slot(slot.index, .entryOffset), expected: last,
        actual: slot.offset)
    }
  }

  /// Returns whether a range ends at `limit` or before.
  func ends(_ range: BlockRange, by limit: BlockAddress) -> Bool {
    sum(range.first.rawValue, range.count.rawValue).map { $0 <= limit.rawValue } ?? false
  }

  /// Returns the sum of two numbers of a file, or `nil` if 64 bits cannot hold it.
  func sum(_ first: UInt64, _ second: UInt64) -> UInt64? {
    let (sum, overflow) = first.addingReportingOverflow(second)
    return overflow && !Faults.wrapsEnds ? nil : sum
  }
}
