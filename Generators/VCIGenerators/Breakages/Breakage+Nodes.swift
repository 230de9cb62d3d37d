internal import PropertyEngine
internal import VCIFormat

extension Breakage {
  /// VCI-NODE-001: a type byte that is no type.
  mutating func nodeType() -> [Edit] {
    guard let node = pickNode(where: { _ in true }) else { return [] }
    let types: [UInt64] = [3, 0, 0x82, 0xff]
    return [.change(.node(model.nodes[node].path, .nodeType), .to(choices.element(of: types)))]
  }

  /// VCI-NODE-006: an unused slot before a used one.
  mutating func nodeEntriesFirst() -> [Edit] {
    guard let node = pickNode(where: \.isUsed) else { return [] }
    let used = model.usedSlots(of: node)
    let capacity = model.nodes[node].kind.capacity
    guard let last = used.last else { return [] }
    if used.count > 1, choices.chance(1, in: 2) || last + 1 >= capacity {
      let slot = choices.element(of: Array(used.dropLast()))
      return [.clear(model.path(node, slot, nil))]
    }
    guard last + 1 < capacity else { return [] }
    let target = choices.element(of: [last + 1, capacity - 1])
    return model.edits(copying: SlotPick(node: node, slot: last), to: target)
      + [.clear(model.path(node, last, nil))]
  }

  /// VCI-NODE-007: a slot of which only the block count or only the address is zero.
  mutating func nodeEntriesWhole() -> [Edit] {
    guard let node = pickNode(where: { _ in true }) else { return [] }
    let isLeaf = model.nodes[node].kind == .leaf
    let field = choices.element(
      of: isLeaf
        ? [Field.extentBlocks, .extentAddress] : [Field.entryBlocks, .entryChild])
    if choices.chance(2, in: 3), let slot = pick(model.usedSlots(of: node)) {
      return [.change(model.path(node, slot, field), .to(0))]
    }
    guard let slot = pickFreeSlot(of: node) else { return [] }
    return [.change(model.path(node, slot, field), .to(choices.number(in: 1...4096)))]
  }

  /// Draws the first slot of a node after all nonzero ones, or its last slot.
  private mutating func pickFreeSlot(of node: Int) -> Int? {
    let capacity = model.nodes[node].kind.capacity
    let count = model.nodes[node].slotCount
    return count < capacity ? choices.element(of: [count, capacity - 1]) : nil
  }

  /// VCI-NODE-008: a nonzero byte in an unused slot, or after the last slot.
  mutating func nodeRestZero() -> [Edit] {
    guard let node = pickNode(where: { _ in true }) else { return [] }
    let kind = model.nodes[node].kind
    let width = Format.nodeSize - kind.paddingStart
    let padding = strayByte(.node(model.nodes[node].path, .nodeEntries), width)
    guard choices.chance(1, in: 2), let slot = pickFreeSlot(of: node) else { return [padding] }
    let fields: [Field] =
      kind == .leaf
      ? [.extentOffset, .extentPrevious, .extentNext, .extentFlags, .extentReserved]
      : [.entryOffset]
    return [
      .change(
        model.path(node, slot, choices.element(of: fields)), .to(choices.number(in: 1...255)))
    ]
  }

  /// VCI-NODE-009: an internal node without entries.
  mutating func internalNodeUsed() -> [Edit] { emptyNode { $0.kind == .internal } }

  /// VCI-NODE-010: an empty leaf below the root.
  mutating func leafUsed() -> [Edit] { emptyNode { $0.kind == .leaf && $0.path != .root } }

  /// Empties a used node for which `isFit` returns `true`.
  private mutating func emptyNode(where isFit: (ModelNode) -> Bool) -> [Edit] {
    guard let node = pickNode(where: { $0.isUsed && isFit($0) }) else { return [] }
    return addRefit(to: [.reshape(model.nodes[node].path, model.nodes[node].kind)])
  }

  /// Half of the time, adds an edit that makes bitmap and counters agree with the edited tree.
  mutating func addRefit(to edits: [Edit]) -> [Edit] {
    choices.chance(1, in: 2) ? edits + [.refit] : edits
  }
}
