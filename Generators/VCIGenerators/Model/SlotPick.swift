internal import PropertyEngine
internal import VCIFormat

/// A used slot of a node, as a breakage picks it.
struct SlotPick: Equatable {
  /// The node's index in the model.
  let node: Int
  /// The slot.
  let slot: Int
}

extension ImageModel {
  /// Some node of these: the first, the last or any; `nil` where there is none.
  func pick(_ candidates: [Int], _ choices: inout Choices) -> Int? {
    guard let first = candidates.first, let last = candidates.last else { return nil }
    guard candidates.count > 1 else { return first }
    return choices.element(of: [first, last, candidates[choices.index(below: candidates.count)]])
  }

  /// Some node that `isFit`.
  func pickNode(_ choices: inout Choices, where isFit: (ModelNode) -> Bool) -> Int? {
    pick(nodes.indices.filter { isFit(nodes[$0]) }, &choices)
  }

  /// A used extent of some leaf: the first, the last or any.
  func pickExtent(_ choices: inout Choices) -> SlotPick? {
    pickNode(&choices) { $0.kind == .leaf && $0.isUsed }.flatMap { node in
      pick(usedSlots(of: node), &choices).map { SlotPick(node: node, slot: $0) }
    }
  }

  /// A used entry of some internal node: the first, the last or any.
  func pickEntry(_ choices: inout Choices) -> SlotPick? {
    pickNode(&choices) { $0.kind == .internal && $0.isUsed }.flatMap { node in
      pick(usedSlots(of: node), &choices).map { SlotPick(node: node, slot: $0) }
    }
  }

  /// The used slots of a node, in slot order.
  func usedSlots(of node: Int) -> [Int] {
    Array(nodes[node].usedSlots)
  }

  /// The extent in a slot.
  func extent(_ pick: SlotPick) -> Extent { nodes[pick.node].extents[pick.slot] }
  /// The entry in a slot.
  func entry(_ pick: SlotPick) -> InternalEntry { nodes[pick.node].entries[pick.slot] }

  /// The path of a field of a slot, or of the slot.
  func path(_ pick: SlotPick, _ field: Field?) -> Path { path(pick.node, pick.slot, field) }

  /// The same of a slot of the node of this index.
  func path(_ node: Int, _ slot: Int, _ field: Field?) -> Path {
    let path = nodes[node].path
    return nodes[node].kind == .leaf
      ? .extent(path, slot: slot, field) : .entry(path, slot: slot, field)
  }

  /// Every used extent of the planned leaves, from left to right.
  var usedExtents: [SlotPick] {
    nodes.indices.filter { nodes[$0].kind == .leaf }.flatMap { node in
      usedSlots(of: node).map { SlotPick(node: node, slot: $0) }
    }
  }
}
