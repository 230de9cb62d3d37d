internal import VCIFormat

extension ExtentTree {
  /// Puts an extent at a placement: it replaces what is cached of its disk blocks, is merged with the
  /// neighbours that it touches, and is the one that was used most recently.
  ///
  /// - Precondition: the cost was asked for, and `space` has room for it.
  func insert(
    _ extent: ExtentSlot, at placement: Placement, in space: inout some NodeSpace
  ) {
    copy(placement.trail, in: &space)
    let change = Change(blocks: Cover(start: extent.offset, end: extent.end), adds: true)
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

  /// Removes what is cached, at a placement, of the disk blocks before `end`.
  ///
  /// - Precondition: the cost was asked for, and `space` has room for it.
  func remove(
    to end: BlockOffset, at placement: Placement, in space: inout some NodeSpace
  ) {
    copy(placement.trail, in: &space)
    let change = Change(blocks: Cover(start: placement.start, end: end.rawValue), adds: false)
    let leaf = placement.trail[placement.trail.count - 1].node
    var kept = Remainders(of: self, leaf, change)
    kept.releaseRemoved(from: self, in: &space)
    replace(kept.range, of: leaf, with: kept.slots, kept.count)
    settle(placement.trail, nil, in: &space)
  }

  /// Gives the nodes of a trail new places where the tree in the file names them.
  private func copy(_ trail: [Step], in space: inout some NodeSpace) {
    for step in trail where !self[step.node].isFresh {
      let old = self[step.node].address
      self[step.node].address = space.placeNode()
      self[step.node].isFresh = true
      space.releaseNode(at: old)
    }
  }

  /// Puts an extent into a leaf; answers whether it came to be the last one.
  private func put(
    _ extent: ExtentSlot, in leaf: NodeID, _ change: Change, releasingTo space: inout some NodeSpace
  ) -> Bool {
    var kept = Remainders(of: self, leaf, change)
    kept.releaseRemoved(from: self, in: &space)
    var extent = extent
    kept.mergeNeighbours(with: &extent, in: self)
    extent.id = recency.add(BlockOffset(extent.offset))
    kept.insert(extent)
    replace(kept.range, of: leaf, with: kept.slots, kept.count)
    return kept.isLast
  }

  private func replace(
    _ range: Range<Int>, of leaf: NodeID, with slots: InlineArray<3, ExtentSlot>, _ count: Int
  ) {
    let held = Int(self[leaf].count)
    var run = self[leaf].run
    extents.replace(range, of: &run, holding: held, with: slots, count)
    self[leaf].run = run
    self[leaf].count = UInt8(held - range.count + count)
  }

  /// Gives an extent nodes of its own, below the last node of a placement.
  private func branch(
    to extent: ExtentSlot, at placement: Placement, in space: inout some NodeSpace
  ) {
    var extent = extent
    extent.id = recency.add(BlockOffset(extent.offset))
    let cover = Cover(start: extent.offset, end: extent.end)
    var child = addLeaf([extent], in: &space)
    for _ in placement.trail.count..<levels - 1 {
      child = addNode([EntrySlot(cover, child: child)], in: &space)
    }
    splits += 1
    let step = placement.trail[placement.trail.count - 1]
    let isLast = insert(EntrySlot(cover, child: child), at: step.index, of: step.node)
    settle(placement.trail, isLast, in: &space)
  }

  /// Puts an entry into slot `index` of a node; answers whether it came to be the last one.
  func insert(_ entry: EntrySlot, at index: Int, of id: NodeID) -> Bool {
    replaceEntries(index..<index, of: id, with: [entry, entry, entry], 1)
    return index == Int(self[id].count) - 1
  }

  /// Removes the entry in slot `index` of a node.
  func removeEntry(_ index: Int, of id: NodeID) {
    let removed = entry(self[id], index)
    replaceEntries(index..<index + 1, of: id, with: [removed, removed, removed], 0)
  }

  private func replaceEntries(
    _ range: Range<Int>, of id: NodeID, with slots: InlineArray<3, EntrySlot>, _ count: Int
  ) {
    let held = Int(self[id].count)
    var run = self[id].run
    entries.replace(range, of: &run, holding: held, with: slots, count)
    self[id].run = run
    self[id].count = UInt8(held - range.count + count)
  }

  /// Adds a fresh leaf of these extents.
  func addLeaf(
    _ slots: some Collection<ExtentSlot>, in space: inout some NodeSpace
  ) -> NodeID {
    var run = extents.makeRun()
    extents.store(slots, in: &run)
    return add(
      Node(
        address: space.placeNode(), run: run, count: UInt8(slots.count), isLeaf: true,
        isFresh: true))
  }

  /// Adds a fresh internal node of these entries.
  func addNode(
    _ slots: some Collection<EntrySlot>, in space: inout some NodeSpace
  ) -> NodeID {
    var run = entries.makeRun()
    entries.store(slots, in: &run)
    return add(
      Node(
        address: space.placeNode(), run: run, count: UInt8(slots.count), isLeaf: false,
        isFresh: true))
  }
}

/// What a change leaves of the extents that it meets in a leaf, and what comes in their place.
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

  /// How many slots come in the place of the range.
  var count: Int { (left == nil ? 0 : 1) + (new == nil ? 0 : 1) + (right == nil ? 0 : 1) }

  /// The slots that come in the place of the range.
  var slots: InlineArray<3, ExtentSlot> {
    var slots = InlineArray<3, ExtentSlot>(repeating: ExtentSlot(offset: 0, data: BlockRange(0, 0)))
    var count = 0
    for case let slot? in [left, new, right] {
      slots[count] = slot
      count += 1
    }
    return slots
  }

  /// Whether nothing of the leaf is behind what is new.
  var isLast: Bool { right == nil && range.upperBound == Int(leaf.count) }

  mutating func insert(_ extent: ExtentSlot) { new = extent }

  /// Gives back the data of the blocks that go, and the numbers of the extents of which nothing is left.
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

  /// Keeps the number of an extent for what is left of it.
  private mutating func renumber(_ extent: ExtentSlot, in tree: ExtentTree) {
    let isLeft = extent.offset < blocks.start
    let isRight = extent.end > blocks.end
    switch (isLeft, isRight) {
    case (true, true):
      right?.id = tree.recency.add(BlockOffset(blocks.end), behind: extent.id)
    case (false, true): tree.recency.move(extent.id, to: BlockOffset(blocks.end))
    case (true, false): break
    case (false, false): tree.recency.remove(extent.id)
    }
  }

  /// Merges the neighbours that an extent touches in disk and file into it.
  mutating func mergeNeighbours(with extent: inout ExtentSlot, in tree: ExtentTree) {
    let before = left ?? slot(range.lowerBound - 1, of: tree)
    if let before, before.isFollowed(by: extent), fits(before, extent, tree) {
      extent.prepend(before)
      tree.recency.remove(before.id)
      if left != nil { left = nil } else { range = range.lowerBound - 1..<range.upperBound }
    }
    let behind = right ?? slot(range.upperBound, of: tree)
    if let behind, extent.isFollowed(by: behind), fits(extent, behind, tree) {
      extent.append(behind)
      tree.recency.remove(behind.id)
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

extension ExtentSlot {
  /// Makes the extent begin where `before` does, which it follows.
  fileprivate mutating func prepend(_ before: ExtentSlot) {
    let count = count
    self = before
    self.count += count
  }

  /// Makes the extent end where `behind` does, which follows it.
  fileprivate mutating func append(_ behind: ExtentSlot) { count += behind.count }
}
