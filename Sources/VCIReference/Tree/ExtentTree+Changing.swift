internal import VCIFormat

extension ExtentTree {
  /// Inserts an extent at a placement. It replaces what is cached of its disk blocks, is merged
  /// with the neighbours that it touches, and becomes the most recently used one.
  ///
  /// - Precondition: `space` has room for the cost of the change.
  func insert(
    _ extent: ExtentSlot, at placement: Placement, in space: inout some NodeSpace
  ) {
    copy(placement.trail, in: &space)
    let change = Change(blocks: extent.cover, adds: true)
    precondition(
      change.blocks.start == placement.start && change.blocks.end <= placement.end,
      "blocks \(change.blocks) at a placement from \(placement.start) to \(placement.end)")
    if placement.branches {
      branch(to: extent, at: placement, in: &space)
    } else {
      let leaf = placement.trail[placement.trail.count - 1].node
      let overflow = put(extent, in: leaf, change, releasingTo: &space)
      settle(placement.trail, overflow, in: &space)
    }
  }

  /// Removes what is cached from the start of a placement to before `end`.
  ///
  /// - Precondition: `space` has room for the cost of the change.
  func remove(
    to end: BlockOffset, at placement: Placement, in space: inout some NodeSpace
  ) {
    copy(placement.trail, in: &space)
    let change = Change(blocks: Cover(start: placement.start, end: end.rawValue), adds: false)
    let leaf = placement.trail[placement.trail.count - 1].node
    var kept = Remainders(of: self, leaf, change)
    kept.releaseRemoved(from: self, in: &space)
    replace(kept.range, of: leaf, with: kept.slots)
    settle(placement.trail, nil, in: &space)
  }

  /// Gives new places to the nodes of a trail that the tree in the file names.
  private func copy(_ trail: [Step], in space: inout some NodeSpace) {
    for step in trail where !self[step.node].isFresh {
      let old = self[step.node].address
      self[step.node].address = space.placeNode()
      self[step.node].isFresh = true
      space.releaseNode(at: old)
    }
  }

  /// Puts an extent into a leaf. Returns whether it is the last one there.
  private func put(
    _ extent: ExtentSlot, in leaf: NodeID, _ change: Change, releasingTo space: inout some NodeSpace
  ) -> Bool {
    var kept = Remainders(of: self, leaf, change)
    kept.releaseRemoved(from: self, in: &space)
    var extent = extent
    kept.mergeNeighbours(with: &extent, in: self)
    extent.id = recency.add(BlockOffset(extent.offset))
    kept.insert(extent)
    replace(kept.range, of: leaf, with: kept.slots)
    return kept.isLast
  }

  /// Replaces the slots `range` of a node by `slots`.
  private func replace<Slot: TreeSlot>(
    _ range: Range<Int>, of id: NodeID, with slots: some Collection<Slot>
  ) {
    let held = Int(self[id].count)
    var run = self[id].run
    Slot.pool(of: self).replace(range, of: &run, holding: held, with: slots)
    self[id].run = run
    self[id].count = UInt8(held - range.count + slots.count)
  }

  /// Gives an extent its own branch of nodes below the last node of a placement.
  private func branch(
    to extent: ExtentSlot, at placement: Placement, in space: inout some NodeSpace
  ) {
    var extent = extent
    extent.id = recency.add(BlockOffset(extent.offset))
    let cover = extent.cover
    var child = addNode([extent], in: &space)
    for _ in placement.trail.count..<levels - 1 {
      child = addNode([EntrySlot(cover, child: child)], in: &space)
    }
    splits += 1
    let step = placement.trail[placement.trail.count - 1]
    let isLast = insert(EntrySlot(cover, child: child), at: step.index, of: step.node)
    settle(placement.trail, isLast, in: &space)
  }

  /// Inserts an entry at slot `index` of a node. Returns whether it is the last one there.
  func insert(_ entry: EntrySlot, at index: Int, of id: NodeID) -> Bool {
    replace(index..<index, of: id, with: CollectionOfOne(entry))
    return index == Int(self[id].count) - 1
  }

  /// Removes the entry in slot `index` of a node.
  func removeEntry(_ index: Int, of id: NodeID) {
    replace(index..<index + 1, of: id, with: EmptyCollection<EntrySlot>())
  }

  /// Adds a fresh node of these slots.
  func addNode(
    _ slots: some Collection<some TreeSlot>, in space: inout some NodeSpace
  ) -> NodeID {
    add(slots, at: space.placeNode(), isFresh: true)
  }
}

/// What is left of the extents of a leaf that a change overlaps, and the extent that replaces them.
private struct Remainders {
  private let leaf: ExtentTree.Node
  private let blocks: Cover
  /// The slots that are replaced.
  private(set) var range: Range<Int>
  private var left: ExtentSlot?
  private var new: ExtentSlot?
  private var right: ExtentSlot?

  init(of tree: ExtentTree, _ leaf: ExtentTree.NodeID, _ change: ExtentTree.Change) {
    self.leaf = tree[leaf]
    blocks = change.blocks
    range = tree.overlap(of: tree[leaf], change.blocks)
  }

  /// The slots that replace the range.
  var slots: some Collection<ExtentSlot> { [left, new, right].lazy.compactMap { $0 } }

  /// Whether no extent of the leaf is after the new one.
  var isLast: Bool { right == nil && range.upperBound == Int(leaf.count) }

  mutating func insert(_ extent: ExtentSlot) { new = extent }

  /// Releases the data of the removed blocks, and the numbers of the extents of which nothing is
  /// left.
  mutating func releaseRemoved(from tree: ExtentTree, in space: inout some NodeSpace) {
    for index in range {
      let extent = tree.extent(leaf, index)
      let removed = extent.part(
        from: max(extent.offset, blocks.start), to: min(extent.end, blocks.end))
      space.releaseData(removed.data)
      if extent.offset < blocks.start { left = extent.part(from: extent.offset, to: blocks.start) }
      if extent.end > blocks.end { right = extent.part(from: blocks.end, to: extent.end) }
      renumber(extent, in: tree)
    }
  }

  /// Keeps the number of an extent for what is left of it; a second part gets a new number.
  private mutating func renumber(_ extent: ExtentSlot, in tree: ExtentTree) {
    let isLeft = extent.offset < blocks.start
    let isRight = extent.end > blocks.end
    switch (isLeft, isRight) {
    case (true, true):
      right?.id = tree.recency.add(BlockOffset(blocks.end), after: extent.id)
    case (false, true): tree.recency.move(extent.id, to: BlockOffset(blocks.end))
    case (true, false): break
    case (false, false): tree.recency.remove(extent.id)
    }
  }

  /// Merges into an extent the neighbours that it touches both in the disk and in the file.
  mutating func mergeNeighbours(with extent: inout ExtentSlot, in tree: ExtentTree) {
    let before = left ?? slot(range.lowerBound - 1, of: tree)
    if let before, before.isFollowed(by: extent), fits(before, extent, tree) {
      extent.prepend(before)
      tree.recency.remove(before.id)
      if left != nil { left = nil } else { range = range.lowerBound - 1..<range.upperBound }
    }
    let after = right ?? slot(range.upperBound, of: tree)
    if let after, extent.isFollowed(by: after), fits(extent, after, tree) {
      extent.append(after)
      tree.recency.remove(after.id)
      if right != nil { right = nil } else { range = range.lowerBound..<range.upperBound + 1 }
    }
  }

  private func slot(_ index: Int, of tree: ExtentTree) -> ExtentSlot? {
    index >= 0 && index < Int(leaf.count) ? tree.extent(leaf, index) : nil
  }

  private func fits(_ first: ExtentSlot, _ second: ExtentSlot, _ tree: ExtentTree) -> Bool {
    let most = min(tree.limits.mergedBlocks, tree.limits.span)
    return UInt64(first.count) + UInt64(second.count) <= most.rawValue
  }
}
