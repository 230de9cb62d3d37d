internal import VCIFormat

extension MistakenReader {
  /// VCI-NODE-001: decodes the node at `address`.
  func decode(at address: BlockAddress, _ level: Int) -> ModelNode? {
    var raw = bytes.bytes(at: start(of: address), count: Format.nodeSize)
    guard let type = type(of: raw[0], level) else { return nil }
    raw[0] = type.rawValue
    guard var node = unsafe ModelNode(decoding: raw.span.bytes) else { return nil }
    if case .number(.field(let field), let loss) = mistake { lose(loss, of: field, in: &node) }
    if has(.endsAtUnused) { dropAfterGap(in: &node) }
    return node
  }

  private func type(of byte: UInt8, _ level: Int) -> NodeType? {
    var byte = byte
    if case .number(.field(.nodeType), let loss) = mistake {
      byte = UInt8(truncatingIfNeeded: loss.remainder(of: UInt64(byte)))
    }
    if has(.typeLowBits) { byte &= 3 }
    if has(.elseLeaf) { return byte == 1 ? .internal : .leaf }
    if has(.elseInternal) { return byte == 2 ? .leaf : .internal }
    let spot = Spot(level: level)
    guard takes(.typeOfNodeLow, 1, atMost: UInt128(byte), at: spot),
      takes(.typeOfNodeHigh, UInt128(byte), atMost: 2, at: spot)
    else { return nil }
    return byte == 1 ? .internal : .leaf
  }

  private func lose(_ loss: Mistake.Loss, of field: Field, in node: inout ModelNode) {
    for slot in node.extents.indices {
      node.extents[slot][field] = loss.remainder(of: node.extents[slot][field])
    }
    for slot in node.entries.indices {
      node.entries[slot][field] = loss.remainder(of: node.entries[slot][field])
    }
  }

  private func dropAfterGap(in node: inout ModelNode) {
    let gap = (0..<node.slotCount).first { node.state(of: $0) == .unused }
    guard let gap else { return }
    if node.kind == .leaf { node.extents.removeSubrange(gap...) }
    if node.kind == .internal { node.entries.removeSubrange(gap...) }
  }

  /// The slots that the reader takes for used ones, in slot order.
  func usedSlots(of node: ModelNode) -> [Int] {
    var used = (0..<node.slotCount).filter { slot in
      switch node.state(of: slot) {
      case .used: true
      case .unused: false
      case .half:
        has(.halfIsUsedByCount) && node.range(of: slot).lower < node.range(of: slot).upper
          || has(.halfIsUsedByAddress) && node.range(of: slot).lower == node.range(of: slot).upper
      }
    }
    if has(.firstSlotSkipped) { used.removeAll { $0 == 0 } }
    if has(.lastSlotSkipped) { used.removeAll { $0 == node.kind.capacity - 1 } }
    if has(.lastUsedSkipped), used.count > 1 { used.removeLast() }
    return used
  }
}

extension MistakenReader {
  /// VCI-NODE-006, VCI-NODE-007, VCI-NODE-009, VCI-INT-001, VCI-INT-002, VCI-EXT-001,
  /// VCI-EXT-002: whether the reader goes through the node.
  func isSound(_ node: ModelNode, level: Int) -> Bool {
    guard takesSlots(of: node, level) else { return false }
    if node.kind == .internal {
      let isRefused = !node.isUsed && applies(.internalNodeUsed, at: Spot(level: level))
      if isRefused, !has(.emptyIsMiss) { return false }
      if level == Format.maximumLevels { return true }
    }
    return takesOrder(of: node, level)
  }

  private func takesSlots(of node: ModelNode, _ level: Int) -> Bool {
    var hasGap = false
    for slot in 0..<node.slotCount {
      let spot = Spot(level: level, slot: slot, capacity: node.kind.capacity)
      switch node.state(of: slot) {
      case .unused: hasGap = true
      case .half: if applies(.nodeEntriesWhole, at: spot), !takesHalf { return false }
      case .used:
        if hasGap, applies(.nodeEntriesFirst, at: spot), !has(.skipsUnused) { return false }
      }
    }
    return true
  }

  private var takesHalf: Bool {
    has(.halfIsUsedByCount) || has(.halfIsUsedByAddress) || has(.halfIsUnused)
  }

  private func takesOrder(of node: ModelNode, _ level: Int) -> Bool {
    let isLeaf = node.kind == .leaf
    var last: SlotRange?
    for (index, slot) in usedSlots(of: node).enumerated() {
      let range = node.range(of: slot)
      let spot = Spot(level: level, slot: slot, capacity: node.kind.capacity)
      if let last, !(has(.firstOrder) && index > 1) {
        let end = has(.startOrder) ? last.lower + 1 : last.upper
        guard takes(isLeaf ? .extentOrder : .entryOrder, end, atMost: range.lower, at: spot) else {
          return false
        }
      }
      last = range
      guard takes(isLeaf ? .extentEnd : .entryEnd, range.upper, atMost: 1 << 54, at: spot) else {
        return false
      }
    }
    return true
  }

  /// VCI-NODE-012, VCI-NODE-002, VCI-FILE-006, VCI-NODE-004, the rules of the child itself,
  /// VCI-INT-003: returns the child of a slot of the last node of `path`, the addresses from the
  /// root on; `nil` if the reader refuses it.
  func child(of slot: Int, in parent: ModelNode, _ path: [BlockAddress]) -> ModelNode? {
    let entry = parent.entries[slot]
    let level = path.count
    let spot = Spot(level: level, slot: slot, capacity: parent.kind.capacity)
    let address = UInt128(entry.child.rawValue)
    guard takes(.levels, UInt128(level + 1), atMost: UInt128(Format.maximumLevels)),
      path.count < 64,
      takes(.childLow, 2, atMost: address, at: spot),
      takes(.childHigh, address + 8, atMost: UInt128(header.blocks.rawValue), at: spot),
      takes(.childInFile, address + 8, atMost: fileBlocks, at: spot),
      !closesCycle(entry.child, path, spot), let child = node(at: entry.child, level: level + 1),
      isSound(child, level: level + 1), isWithin(child, entry, spot)
    else { return nil }
    return child
  }

  private func closesCycle(
    _ child: BlockAddress, _ path: [BlockAddress], _ spot: Spot
  ) -> Bool {
    guard applies(.nodeNamedOnce, at: spot), !has(.noCycle) else { return false }
    if has(.parentCycle) { return path.last == child }
    if has(.rootCycle) { return path.first == child }
    return path.contains(child)
  }

  private func isWithin(_ child: ModelNode, _ entry: InternalEntry, _ spot: Spot) -> Bool {
    let range = SlotRange(0, entry)
    var held = usedSlots(of: child).map { child.range(of: $0) }
    if has(.firstHeldOnly) { held = Array(held.prefix(1)) }
    if has(.lastHeldOnly) { held = Array(held.suffix(1)) }
    let hasShortEnds = hasShortEnds(child, level: spot.level + 1)
    return held.allSatisfy { held in
      let end = hasShortEnds ? held.upper & UInt128(UInt64.max) : held.upper
      return takes(.childStart, range.lower, atMost: held.lower, at: spot)
        && takes(.childEnd, end, atMost: range.upper, at: spot)
    }
  }

  /// Returns whether the reader computes the end of what the child holds in 64 bits, VCI-INT-003.
  ///
  /// They hold it where the child must keep VCI-INT-002 or VCI-EXT-002, so a program that leaves
  /// the rule out in some places has no reason to use more.
  private func hasShortEnds(_ child: ModelNode, level: Int) -> Bool {
    switch mistake {
    case .scope(.entryWithinDisk, _): child.kind == .internal && level < Format.maximumLevels
    case .scope(.extentWithinDisk, _): child.kind == .leaf
    default: false
    }
  }
}
