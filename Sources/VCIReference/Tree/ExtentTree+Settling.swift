internal import VCIFormat

extension ExtentTree {
  /// Makes nodes right again after the last one of a trail was changed: what holds too much is split,
  /// what holds nothing is removed, what holds little is merged, and entries cover what their children
  /// do.
  ///
  /// `lastIsNew` tells whether what came in stands last in its node.
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
    let node = self[id]
    return Int(node.count) > limit(of: node)
  }

  private func limit(of node: Node) -> Int {
    node.isLeaf ? limits.extentsPerLeaf : limits.entriesPerNode
  }

  private func setCover(of index: Int, in id: NodeID) {
    let child = entry(self[id], index).child
    entries[self[id].run, index] = EntrySlot(cover(of: child), child: child)
  }

  /// Moves the second half of a node to a new one: where what is new stands last, that alone, so that
  /// nodes filled in ascending order are full.
  private func split(
    _ id: NodeID, _ lastIsNew: Bool, in space: inout some NodeSpace
  ) -> NodeID {
    splits += 1
    let count = Int(self[id].count)
    let point = lastIsNew && count == limit(of: self[id]) + 1 ? count - 1 : count / 2
    let half: NodeID
    if self[id].isLeaf {
      let slots = extents.slots(of: self[id].run, count: count)
      half = addLeaf(slots[point...], in: &space)
    } else {
      let slots = entries.slots(of: self[id].run, count: count)
      half = addNode(slots[point...], in: &space)
    }
    truncate(id, to: point)
    return half
  }

  private func truncate(_ id: NodeID, to count: Int) {
    var run = self[id].run
    if self[id].isLeaf {
      extents.store(extents.slots(of: run, count: count), in: &run)
    } else {
      entries.store(entries.slots(of: run, count: count), in: &run)
    }
    self[id].run = run
    self[id].count = UInt8(count)
  }

  /// Gives the root's slots nodes of their own, each holding what one entry can cover; the root leads
  /// to them.
  private func grow(_ lastIsNew: Bool, in space: inout some NodeSpace) {
    let old = self[root]
    let count = Int(old.count)
    let covers = (0..<count).map {
      old.isLeaf
        ? Cover(start: extent(old, $0).offset, end: extent(old, $0).end) : entry(old, $0).cover
    }
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
        ? addLeaf(extents.slots(of: old.run, count: count)[group], in: &space)
        : addNode(entries.slots(of: old.run, count: count)[group], in: &space)
      return EntrySlot(cover(of: child), child: child)
    }
    replaceRoot(old, with: children)
  }

  private static func isOne(_ covers: [Cover], within span: BlockCount) -> Bool {
    guard let first = covers.first, let last = covers.last else { return false }
    return first.union(last).count <= span.rawValue
  }

  /// Makes the root, which stays where it is, an internal node of these entries.
  private func replaceRoot(_ old: Node, with children: [EntrySlot]) {
    var run = entries.makeRun()
    entries.store(children, in: &run)
    if old.isLeaf { extents.release(old.run) } else { entries.release(old.run) }
    self[root] = Node(
      address: old.address, run: run, count: UInt8(children.count), isLeaf: false,
      isFresh: old.isFresh)
    levels += 1
  }

  /// Makes the only child of a root the root; a root without children becomes a leaf.
  private func shrink(in space: inout some NodeSpace) {
    while !self[root].isLeaf, self[root].count == 1 {
      let child = entry(self[root], 0).child
      remove(root, in: &space)
      root = child
      levels -= 1
    }
    guard !self[root].isLeaf, self[root].count == 0 else { return }
    let old = self[root]
    entries.release(old.run)
    self[root] = Node(
      address: old.address, run: extents.makeRun(), count: 0, isLeaf: true, isFresh: old.isFresh)
    levels = 1
  }
}
