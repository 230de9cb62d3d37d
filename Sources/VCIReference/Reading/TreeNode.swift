internal import VCIFormat

/// A node as it stands in the file, judged by what it breaks by itself.
struct TreeNode {
  /// What a node holds: its used slots, in slot order.
  enum Content {
    case leaf([NodeSlots<Extent>.Used])
    case entries([NodeSlots<InternalEntry>.Used])
  }

  /// Where it stands.
  let address: BlockAddress
  /// The slots that lead to it.
  let path: NodePath
  /// What it holds.
  let content: Content

  /// Decodes and judges the node in `bytes`, 4096 of them.
  ///
  /// - Throws: `ImageError.violation` for the first that is broken of VCI-NODE-001, 006, 007, 009,
  ///   VCI-INT-001, 002, VCI-EXT-001, 002; at level 16 entries are not held to VCI-INT-001 and 002.
  init(
    decoding bytes: RawSpan, at address: BlockAddress, _ path: NodePath
  ) throws(ImageError) {
    self.address = address
    self.path = path
    let place = NodePlace(start: address.bytes, path: path)
    let type: UInt8 = bytes.number(at: Field.nodeType.offset)
    if type == NodeType.internal.rawValue {
      content = .entries(try place.judgedEntries(NodeSlots(decoding: bytes)))
    } else {
      if type != NodeType.leaf.rawValue { try place.judgeType(type) }
      content = .leaf(try place.judgedExtents(NodeSlots(decoding: bytes)))
    }
  }
}

/// Where a node is: what its violations tell.
struct NodePlace {
  /// The node's first byte in the file.
  let start: UInt64
  /// The slots that lead to it.
  let path: NodePath

  fileprivate func judgedEntries(
    _ slots: NodeSlots<InternalEntry>
  ) throws(ImageError) -> [NodeSlots<InternalEntry>.Used] {
    try judgeStates(slots)
    if slots.used.isEmpty { try refuseEmpty() }
    // What may not be there at all has no right order or range.
    guard path.depth < Format.maximumLevels - 1 else { return slots.used }
    try judgeOrder(slots.used, .entryOrder, .referenceEntryOrder)
    try judgeRange(slots.used, .entryWithinDisk, .referenceEntryWithinDisk)
    return slots.used
  }

  fileprivate func judgedExtents(
    _ slots: NodeSlots<Extent>
  ) throws(ImageError) -> [NodeSlots<Extent>.Used] {
    try judgeStates(slots)
    try judgeOrder(slots.used, .extentOrder, .referenceExtentOrder)
    try judgeRange(slots.used, .extentWithinDisk, .referenceExtentWithinDisk)
    return slots.used
  }

  fileprivate func judgeType(_ type: UInt8) throws(ImageError) {
    if Fault.referenceF36.isPlanted {
      throw .storage(StorageError(.read, offset: start, code: 12, reason: "out of memory"))
    }
    try refuse(
      Violation(
        .nodeType, site: .referenceNodeType, at: .node(path, .nodeType), offset: start,
        length: 1, expected: .oneOf(1, 2), actual: UInt64(type)))
  }

  private func judgeStates<Slot: NodeSlot>(_ slots: NodeSlots<Slot>) throws(ImageError) {
    if let index = slots.firstBehindGap {
      try refuse(
        Violation(
          .nodeEntriesFirst, site: .referenceNodeEntriesFirst,
          at: Slot.path(path, index, nil), offset: position(of: index, Slot.size),
          length: UInt64(Slot.size), expected: .exactly(0), actual: 1))
    }
    if let half = slots.firstHalf {
      try refuse(
        Violation(
          .nodeEntriesWhole, site: .referenceNodeEntriesWhole,
          at: Slot.path(path, half.index, nil), offset: position(of: half.index, Slot.size),
          length: UInt64(Slot.size), expected: .exactly(0),
          actual: max(half.slot.blocks.rawValue, half.slot.address.rawValue)))
    }
  }

  private func refuseEmpty() throws(ImageError) {
    try refuse(
      Violation(
        .internalNodeUsed, site: .referenceInternalNodeUsed, at: .node(path, .nodeType),
        offset: start, length: 1, expected: .atLeast(1), actual: 0))
  }

  /// Judges that each slot begins where the one before it ends, or behind.
  private func judgeOrder<Slot: NodeSlot>(
    _ used: [NodeSlots<Slot>.Used], _ rule: Rule, _ site: Fault
  ) throws(ImageError) {
    if Fault.referenceF33.isPlanted { return }
    for (before, next) in zip(used, used.dropFirst()) {
      let first = before.slot.offset.rawValue
      let offset = next.slot.offset.rawValue
      guard offset < first || offset - first < before.slot.blocks.rawValue else { continue }
      let (end, overflow) = first.addingReportingOverflow(before.slot.blocks.rawValue)
      try refuse(
        inSlot(rule, site, next, Slot.offsetField, .atLeast(overflow ? .max : end), offset))
    }
  }

  /// Judges that each slot ends within what a disk can have.
  private func judgeRange<Slot: NodeSlot>(
    _ used: [NodeSlots<Slot>.Used], _ rule: Rule, _ site: Fault
  ) throws(ImageError) {
    for entry in used {
      let offset = entry.slot.offset.rawValue
      let blocks = entry.slot.blocks.rawValue
      var (end, overflow) = offset.addingReportingOverflow(blocks)
      if Fault.referenceF32.isPlanted { overflow = false }
      guard overflow || end > Format.diskEnd.rawValue else { continue }
      try refuse(
        inSlot(
          rule, site, entry, Slot.offsetField, .atMost(Format.diskEnd.rawValue - blocks), offset))
    }
  }

  /// A violation in a field of a slot.
  private func inSlot<Slot: NodeSlot>(
    _ rule: Rule, _ site: Fault, _ used: NodeSlots<Slot>.Used, _ field: Field,
    _ expected: Expectation, _ actual: UInt64
  ) -> Violation? {
    Violation(
      rule, site: site, at: Slot.path(path, used.index, field),
      offset: field.position(inNodeAt: start, slot: used.index),
      length: UInt64(field.layout.width), expected: expected, actual: actual)
  }

  /// The first byte of slot `index`, where slots have `size` bytes.
  private func position(of index: Int, _ size: Int) -> UInt64 {
    let (position, overflow) = start.addingReportingOverflow(UInt64(1 + index * size))
    return overflow ? .max : position
  }
}
