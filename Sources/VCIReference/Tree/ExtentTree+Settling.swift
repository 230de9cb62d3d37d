internal import VCIFormat

extension ExtentTree {
  /// Restores the invariants after the last node of a trail was changed: nodes with too many slots
  /// are split, empty ones removed, small ones merged, and entries cover exactly what their
  /// children do.
  ///
  /// `lastIsNew` tells whether a slot was inserted as the last of its node.
  func settle(_ trail: [Step], _ lastIsNew: Bool?, in space: inout some NodeSpace) {
    var lastIsNew = lastIsNew ?? false
    for level in trail.indices.dropFirst().reversed() {
      let parent = trail[level - 1]
      let child = trail[level].node
      guard self[child].count > 0 else {
        removeEntry(parent.index, of: parent.node)
        remove(child, in: &space)
        continue
      }
      setCover(of: parent.index, in: parent.node)
      if holdsTooMuch(child) {
        let half = split(child, lastIsNew, in: &space)
        setCover(of: parent.index, in: parent.node)
        lastIsNew = insert(
          EntrySlot(cover(of: half), child: half), at: parent.index + 1, of: parent.node)
      } else {
        mergeIfSmall(parent.index, of: parent.node, in: &space)
      }
    }
    if holdsTooMuch(root) { grow(lastIsNew, in: &space) }
    shrink(in: &space)
  }

  private func holdsTooMuch(_ id: NodeID) -> Bool {
    Int(self[id].count) > limit(of: self[id])
  }

  private func setCover(of index: Int, in id: NodeID) {
    let child = entry(self[id], index).child
    entries[self[id].run, index] = EntrySlot(cover(of: child), child: child)
  }

  /// Moves the second half of a node to a new one, or only the last slot if that is new, so that
  /// nodes that are filled in ascending order are full.
  private func split(
    _ id: NodeID, _ lastIsNew: Bool, in space: inout some NodeSpace
  ) -> NodeID {
    splits += 1
    let count = Int(self[id].count)
    let point = lastIsNew && count == limit(of: self[id]) + 1 ? count - 1 : count / 2
    return self[id].isLeaf
      ? split(extents(of: id), of: id, at: point, in: &space)
      : split(entries(of: id), of: id, at: point, in: &space)
  }

  private func split(
    _ slots: [some TreeSlot], of id: NodeID, at point: Int, in space: inout some NodeSpace
  ) -> NodeID {
    setSlots(slots[..<point], of: id)
    return addNode(slots[point...], in: &space)
  }

  /// Replaces all slots of a node by `slots`.
  func setSlots<Slot: TreeSlot>(_ slots: some Collection<Slot>, of id: NodeID) {
    var run = self[id].run
    Slot.pool(of: self).store(slots, in: &run)
    self[id].run = run
    self[id].count = UInt8(slots.count)
  }

  /// Moves the root's slots to new nodes below it, each of which one entry can cover.
  private func grow(_ lastIsNew: Bool, in space: inout some NodeSpace) {
    let old = self[root]
    let count = Int(old.count)
    let covers = (0..<count).map { cover(old, $0) }
    var groups = groups(of: covers, limit(of: old))
    if groups.count == 2, !lastIsNew, Self.isOne(covers, within: limits.span) {
      groups = [0..<count / 2, count / 2..<count]
    }
    precondition(
      groups.count <= limits.entriesPerNode, "\(groups.count) nodes below the root")
    splits += 1
    let children = groups.map { group in
      let child =
        old.isLeaf
        ? addNode(extents(of: root)[group], in: &space)
        : addNode(entries(of: root)[group], in: &space)
      return EntrySlot(cover(of: child), child: child)
    }
    replaceRoot(old, with: children)
  }

  private static func isOne(_ covers: [Cover], within span: BlockCount) -> Bool {
    guard let first = covers.first, let last = covers.last else { return false }
    return first.union(last).count <= span.rawValue
  }

  /// Makes the root an internal node of these entries, at the same address.
  private func replaceRoot(_ old: Node, with children: [EntrySlot]) {
    var run = entries.makeRun()
    entries.store(children, in: &run)
    releaseSlots(of: old)
    self[root] = Node(
      address: old.address, run: run, count: UInt8(children.count), isLeaf: false,
      isFresh: old.isFresh)
    levels += 1
  }

  /// Makes the only child of a root the root, and a root without children a leaf.
  private func shrink(in space: inout some NodeSpace) {
    while !self[root].isLeaf, self[root].count == 1 {
      let child = entry(self[root], 0).child
      remove(root, in: &space)
      root = child
      levels -= 1
    }
    guard !self[root].isLeaf, self[root].count == 0 else { return }
    let old = self[root]
    releaseSlots(of: old)
    self[root] = Node(
      address: old.address, run: extents.makeRun(), count: 0, isLeaf: true, isFresh: old.isFresh)
    levels = 1
  }
}
