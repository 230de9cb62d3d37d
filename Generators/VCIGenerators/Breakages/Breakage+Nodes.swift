internal import PropertyEngine
internal import VCIFormat

extension Breakage {
  static func node(_ rule: Rule, _ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    switch rule {
    case .nodeType:
      guard let node = model.pickNode(&choices, where: { _ in true }) else { return [] }
      let types: [UInt64] = [3, 0, 0x82, 0xff]
      return [
        .change(.node(model.nodes[node].path, .nodeType), .to(choices.element(of: types)))
      ]
    case .nodeEntriesFirst: return gap(model, &choices)
    case .nodeEntriesWhole: return half(model, &choices)
    case .nodeRestZero: return stray(model, &choices)
    case .internalNodeUsed: return emptied(.internal, model, &choices)
    case .leafUsed: return emptied(.leaf, model, &choices)
    default: return []
    }
  }

  /// An unused slot in front of a used one.
  private static func gap(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    guard let node = model.pickNode(&choices, where: \.isUsed) else { return [] }
    let used = model.usedSlots(of: node)
    let capacity = ModelNode.capacity(of: model.nodes[node].kind)
    guard let last = used.last else { return [] }
    if used.count > 1, choices.chance(1, in: 2) || last + 1 >= capacity {
      let slot = choices.element(of: Array(used.dropLast()))
      return [.clear(model.path(node, slot, nil))]
    }
    guard last + 1 < capacity else { return [] }
    let target = choices.element(of: [last + 1, capacity - 1])
    return moved(SlotPick(node: node, slot: last), to: target, model)
      + [.clear(model.path(node, last, nil))]
  }

  /// Puts what a slot holds into another slot of its node.
  static func moved(_ pick: SlotPick, to slot: Int, _ model: ImageModel) -> [Edit] {
    let values: [(Field, UInt64)]
    switch model.nodes[pick.node].kind {
    case .leaf:
      let extent = model.extent(pick)
      values = [
        (.extentPrevious, extent.previous.rawValue), (.extentNext, extent.next.rawValue),
        (.extentFlags, UInt64(extent.flags)), (.extentReserved, UInt64(extent.reserved)),
        (.extentOffset, extent.offset.rawValue), (.extentBlocks, extent.blocks.rawValue),
        (.extentAddress, extent.address.rawValue),
      ]
    case .internal:
      let entry = model.entry(pick)
      values = [
        (.entryOffset, entry.offset.rawValue), (.entryBlocks, entry.blocks.rawValue),
        (.entryChild, entry.child.rawValue),
      ]
    }
    return values.map { .change(model.path(pick.node, slot, $0), .to($1)) }
  }

  /// A slot of which block count or address alone is zero.
  private static func half(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    guard let node = model.pickNode(&choices, where: { _ in true }) else { return [] }
    let isLeaf = model.nodes[node].kind == .leaf
    let field = choices.element(
      of: isLeaf
        ? [Field.extentBlocks, .extentAddress] : [Field.entryBlocks, .entryChild])
    if choices.chance(2, in: 3), let slot = model.pick(model.usedSlots(of: node), &choices) {
      return [.change(model.path(node, slot, field), .to(0))]
    }
    guard let slot = freeSlot(of: node, model, &choices) else { return [] }
    return [.change(model.path(node, slot, field), .to(choices.number(in: 1...4096)))]
  }

  /// The first slot of a node that was never used, or its last slot.
  private static func freeSlot(
    of node: Int, _ model: ImageModel, _ choices: inout Choices
  ) -> Int? {
    let capacity = ModelNode.capacity(of: model.nodes[node].kind)
    let count = model.nodes[node].slotCount
    return count < capacity ? choices.element(of: [count, capacity - 1]) : nil
  }

  /// A byte other than zero in a slot that is not used, or behind the last slot.
  private static func stray(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    guard let node = model.pickNode(&choices, where: { _ in true }) else { return [] }
    let kind = model.nodes[node].kind
    let width = Format.nodeSize - ModelNode.paddingStart(of: kind)
    let padding = strayByte(.node(model.nodes[node].path, .nodeEntries), width, &choices)
    guard choices.chance(1, in: 2), let slot = freeSlot(of: node, model, &choices) else {
      return [padding]
    }
    let fields: [Field] =
      kind == .leaf
      ? [.extentOffset, .extentPrevious, .extentNext, .extentFlags, .extentReserved]
      : [.entryOffset]
    return [
      .change(
        model.path(node, slot, choices.element(of: fields)), .to(choices.number(in: 1...255)))
    ]
  }

  /// Takes everything out of a node, which is not the root where it is a leaf.
  private static func emptied(
    _ kind: NodeType, _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
    let node = model.pickNode(&choices) {
      $0.kind == kind && $0.isUsed && (kind == .internal || $0.path != .root)
    }
    guard let node else { return [] }
    let emptied = [Edit.reshape(model.nodes[node].path, kind)]
    return choices.chance(1, in: 2) ? emptied + [.refit] : emptied
  }
}
