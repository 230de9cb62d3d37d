internal import PropertyEngine
internal import VCIFormat

/// A used slot of a node.
struct SlotPick: Equatable {
  /// The node's index in the model.
  let node: Int
  let slot: Int
}

extension Breakage {
  /// Draws the first, the last or any of `candidates`; `nil` if there are none.
  mutating func pick(_ candidates: [Int]) -> Int? {
    guard let first = candidates.first, let last = candidates.last else { return nil }
    guard candidates.count > 1 else { return first }
    return choices.element(of: [first, last, candidates[choices.index(below: candidates.count)]])
  }

  /// Draws a node for which `isFit` returns `true`: half of the time, first its level.
  mutating func pickNode(where isFit: (ModelNode) -> Bool) -> Int? {
    let fit = model.nodes.indices.filter { isFit(model.nodes[$0]) }
    guard fit.count > 1, choices.chance(1, in: 2) else { return pick(fit) }
    let levels = Set(fit.map { model.nodes[$0].path.depth }).sorted()
    let level = choices.element(of: levels)
    return pick(fit.filter { model.nodes[$0].path.depth == level })
  }

  /// Draws a used extent of a leaf.
  mutating func pickExtent() -> SlotPick? { pickSlot(of: .leaf) }

  /// Draws a used entry of an internal node.
  mutating func pickEntry() -> SlotPick? { pickSlot(of: .internal) }

  private mutating func pickSlot(of kind: NodeType) -> SlotPick? {
    guard let node = pickNode(where: { $0.kind == kind && $0.isUsed }),
      let slot = pick(model.usedSlots(of: node))
    else { return nil }
    return SlotPick(node: node, slot: slot)
  }

  /// Draws two consecutive used slots of a node.
  mutating func pickNeighbours(of node: Int) -> (left: SlotPick, right: SlotPick)? {
    let used = model.usedSlots(of: node)
    guard used.count > 1, let index = pick(Array(0..<used.count - 1)) else { return nil }
    return (
      SlotPick(node: node, slot: used[index]), SlotPick(node: node, slot: used[index + 1])
    )
  }
}

extension ImageModel {
  /// The used slots of a node, in slot order.
  func usedSlots(of node: Int) -> [Int] { Array(nodes[node].usedSlots) }

  /// The used extents of all leaves, from left to right.
  var usedExtents: [SlotPick] {
    nodes.indices.filter { nodes[$0].kind == .leaf }.flatMap { node in
      usedSlots(of: node).map { SlotPick(node: node, slot: $0) }
    }
  }

  func extent(_ pick: SlotPick) -> Extent { nodes[pick.node].extents[pick.slot] }
  func entry(_ pick: SlotPick) -> InternalEntry { nodes[pick.node].entries[pick.slot] }

  /// The path of a slot's field, or of the slot.
  func path(_ pick: SlotPick, _ field: Field?) -> Path { path(pick.node, pick.slot, field) }

  /// The path of a field, or of the whole, of a slot of the node with this index.
  func path(_ node: Int, _ slot: Int, _ field: Field?) -> Path {
    let path = nodes[node].path
    return nodes[node].kind == .leaf
      ? .extent(path, slot: slot, field) : .entry(path, slot: slot, field)
  }

  /// The edits that copy a used slot to another slot of its node.
  func edits(copying pick: SlotPick, to slot: Int) -> [Edit] {
    switch nodes[pick.node].kind {
    case .leaf:
      let extent = extent(pick)
      return Structure.extent.numbers.map { .change(path(pick.node, slot, $0), .to(extent[$0])) }
    case .internal:
      let entry = entry(pick)
      return Structure.entry.numbers.map { .change(path(pick.node, slot, $0), .to(entry[$0])) }
    }
  }

  /// The edits that exchange two used slots of a node.
  func edits(exchanging left: SlotPick, _ right: SlotPick) -> [Edit] {
    edits(copying: left, to: right.slot) + edits(copying: right, to: left.slot)
  }
}
