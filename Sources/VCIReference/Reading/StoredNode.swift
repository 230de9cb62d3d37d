internal import VCIFormat

/// A node as it stands in the file, judged by what it breaks by itself.
struct StoredNode {
  /// What a node holds: its used slots, in slot order.
  enum Content {
    case leaf([UsedSlots<Extent>.Used])
    case entries([UsedSlots<InternalEntry>.Used])
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
    let place = NodeRules(.node(path, at: address), path)
    let type: UInt8 = bytes.number(at: Field.nodeType.offset)
    if type == NodeType.internal.rawValue {
      content = .entries(try place.judgedEntries(UsedSlots(decoding: bytes)))
    } else {
      if type != NodeType.leaf.rawValue { try place.judgeType(type) }
      content = .leaf(try place.judgedExtents(UsedSlots(decoding: bytes)))
    }
  }
}

/// Where a node is: what its violations tell.
struct NodeRules {
  /// The node's place.
  private let place: Place
  /// The slots that lead to it.
  private let path: NodePath

  fileprivate init(_ place: Place, _ path: NodePath) {
    self.place = place
    self.path = path
  }

  fileprivate func judgedEntries(
    _ slots: UsedSlots<InternalEntry>
  ) throws(ImageError) -> [UsedSlots<InternalEntry>.Used] {
    try judgeStates(slots)
    if slots.used.isEmpty { try refuseEmpty() }
    // What may not be there at all has no right order or range.
    guard path.depth < Format.maximumLevels - 1 else { return slots.used }
    try requireOrder(.entryOrder, of: slots.used)
    try requireWithinDisk(.entryWithinDisk, slots.used)
    return slots.used
  }

  fileprivate func judgedExtents(
    _ slots: UsedSlots<Extent>
  ) throws(ImageError) -> [UsedSlots<Extent>.Used] {
    try judgeStates(slots)
    try requireOrder(.extentOrder, of: slots.used)
    try requireWithinDisk(.extentWithinDisk, slots.used)
    return slots.used
  }

  fileprivate func judgeType(_ type: UInt8) throws(ImageError) {
    try Faults.unknownNodeType(at: place.offset)
    try refuse(
      .nodeType, at: place.field(.nodeType), expected: .oneOf(1, 2), actual: UInt64(type))
  }

  private func judgeStates<Slot: NodeSlot>(_ slots: UsedSlots<Slot>) throws(ImageError) {
    if let index = slots.firstBehindGap {
      try refuse(
        .nodeEntriesFirst, at: place.slot(index, of: Slot.nodeType), expected: .exactly(0),
        actual: 1)
    }
    if let half = slots.firstHalf {
      try refuse(
        .nodeEntriesWhole, at: place.slot(half.index, of: Slot.nodeType), expected: .exactly(0),
        actual: max(half.slot.blocks.rawValue, half.slot.address.rawValue))
    }
  }

  private func refuseEmpty() throws(ImageError) {
    try refuse(
      .internalNodeUsed, at: place.field(.nodeType), expected: .atLeast(1), actual: 0)
  }

  /// Judges that each slot begins where the one before it ends, or behind.
  private func requireOrder<Slot: NodeSlot>(
    _ rule: Rule, of used: [UsedSlots<Slot>.Used]
  ) throws(ImageError) {
    if Faults.skipsOrder { return }
    for (before, next) in zip(used, used.dropFirst()) {
      let first = before.slot.offset.rawValue
      let offset = next.slot.offset.rawValue
      guard offset < first || offset - first < before.slot.blocks.rawValue else { continue }
      let (end, overflow) = first.addingReportingOverflow(before.slot.blocks.rawValue)
      try refuse(
        rule, at: place.slot(next.index, Slot.offsetField),
        expected: .atLeast(overflow ? .max : end), actual: offset)
    }
  }

  /// Judges that each slot ends within what a disk can have.
  private func requireWithinDisk<Slot: NodeSlot>(
    _ rule: Rule, _ used: [UsedSlots<Slot>.Used]
  ) throws(ImageError) {
    for entry in used {
      let offset = entry.slot.offset.rawValue
      let blocks = entry.slot.blocks.rawValue
      let (end, overflow) = offset.addingReportingOverflow(blocks)
      guard overflow && !Faults.wrapsEnds || end > Format.diskEnd.rawValue else { continue }
      try refuse(
        rule, at: place.slot(entry.index, Slot.offsetField),
        expected: .atMost(Format.diskEnd.rawValue - blocks), actual: offset)
    }
  }
}
