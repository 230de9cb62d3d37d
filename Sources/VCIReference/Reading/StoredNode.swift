internal import VCIFormat

/// A node as the file has it, which satisfies the rules of single nodes.
struct StoredNode {
  /// The used slots of a node, in order.
  enum Content {
    case leaf([UsedSlots<Extent>.Used])
    case entries([UsedSlots<InternalEntry>.Used])
  }

  let address: BlockAddress
  /// The slots that lead to it.
  let path: NodePath
  let content: Content

  /// Decodes the node in `bytes`, 4096 of them.
  ///
  /// - Throws: `ImageError.violation` of the first that is broken of VCI-NODE-001, 006, 007, 009,
  ///   VCI-INT-001, 002, VCI-EXT-001, 002; VCI-INT-001 and 002 are not required at level 16.
  init(
    decoding bytes: RawSpan, at address: BlockAddress, _ path: NodePath
  ) throws(ImageError) {
    self.address = address
    self.path = path
    let rules = NodeRules(place: .node(path, at: address))
    let type: UInt8 = bytes.number(at: Field.nodeType.offset)
    if type == NodeType.internal.rawValue {
      let slots = UsedSlots<InternalEntry>(decoding: bytes)
      try rules.requireEntries(slots, atLastLevel: path.depth >= Format.maximumLevels - 1)
      content = .entries(slots.used)
    } else {
      try rules.requireLeafType(type)
      let slots = UsedSlots<Extent>(decoding: bytes)
      try rules.requireExtents(slots)
      content = .leaf(slots.used)
    }
  }
}

/// What a reader requires of a single node.
private struct NodeRules {
  let place: Place

  func requireEntries(
    _ slots: UsedSlots<InternalEntry>, atLastLevel isAtLastLevel: Bool
  ) throws(ImageError) {
    try requireStates(slots)
    try require(
      .internalNodeUsed, !slots.used.isEmpty, at: place.field(.nodeType), expected: .atLeast(1),
      actual: 0)
    // At the last level there may be no entries at all, so their order does not matter.
    if isAtLastLevel { return }
    try requireOrder(.entryOrder, of: slots.used)
    try requireWithinDisk(.entryWithinDisk, slots.used)
  }

  func requireExtents(_ slots: UsedSlots<Extent>) throws(ImageError) {
    try requireStates(slots)
    try requireOrder(.extentOrder, of: slots.used)
    try requireWithinDisk(.extentWithinDisk, slots.used)
  }

  /// VCI-NODE-001, for a node that is not internal.
  func requireLeafType(_ type: UInt8) throws(ImageError) {
    if type == NodeType.leaf.rawValue { return }
    try Faults.unknownNodeType(at: place.offset)
    try refuse(
      .nodeType, at: place.field(.nodeType), expected: .oneOf(1, 2), actual: UInt64(type))
  }

  /// VCI-NODE-006, VCI-NODE-007: used slots come first, and none is half used.
  private func requireStates<Slot: NodeSlot>(_ slots: UsedSlots<Slot>) throws(ImageError) {
    if let index = slots.firstAfterGap {
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

  /// VCI-INT-001, VCI-EXT-001: no slot begins before the end of the one before it.
  private func requireOrder<Slot: NodeSlot>(
    _ rule: Rule, of used: [UsedSlots<Slot>.Used]
  ) throws(ImageError) {
    if Faults.skipsOrder { return }
    for (before, next) in zip(used, used.dropFirst()) {
      let (first, offset) = (before.slot.offset, next.slot.offset)
      try require(
        rule, offset >= first && offset - first >= before.slot.blocks,
        at: place.slot(next.index, Slot.offsetField),
        expected: .atLeast(first.adding(before.slot.blocks)?.rawValue ?? .max),
        actual: offset.rawValue)
    }
  }

  /// VCI-INT-002, VCI-EXT-002: every slot ends within the largest disk.
  private func requireWithinDisk<Slot: NodeSlot>(
    _ rule: Rule, _ used: [UsedSlots<Slot>.Used]
  ) throws(ImageError) {
    for entry in used {
      let (offset, blocks) = (entry.slot.offset, entry.slot.blocks)
      try require(
        rule, Faults.end(of: offset, blocks).map { $0 <= Format.diskEnd } ?? false,
        at: place.slot(entry.index, Slot.offsetField),
        expected: .atMost((Format.diskEnd - blocks).rawValue), actual: offset.rawValue)
    }
  }
}
