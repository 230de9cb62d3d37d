internal import VCIFormat

extension ImageWriter {
  /// Forgets `count` disk blocks from `offset` on.
  func discard(
    _ offset: BlockOffset, _ count: BlockCount, losing: (Loss) -> Void
  ) throws(ImageError) {
    guard offset < Format.diskEnd else { return }
    try removeCached(Cover(start: offset.rawValue, end: offset.end(of: count).rawValue), losing)
  }

  /// Removes cached disk blocks. `losing` is called if a part of an extent is lost too, because
  /// there is no slot for it or no room for a node that would have it.
  ///
  /// If the disk has no room for copies of the nodes that lead to them, the cache is given up; but
  /// if `givingUp` is false, nothing is done. Returns whether the blocks were removed.
  @discardableResult
  func removeCached(
    _ blocks: Cover, givingUp: Bool = true, _ losing: (Loss) -> Void
  ) throws(ImageError) -> Bool {
    var start = blocks.start
    while start < blocks.end,
      let placement = tree.removal(from: BlockOffset(start), to: BlockOffset(blocks.end))
    {
      try begin()
      let removed = Cover(start: start, end: placement.end)
      if let cost = tree.cost(of: placement, ExtentTree.Change(blocks: removed, adds: false)),
        try isAffordable(cost)
      {
        tree.remove(to: BlockOffset(removed.end), at: placement, in: &space)
        space.unready(keeping: 0)
        assertInvariants()
        start = removed.end
      } else if space.waits {
        try flushForRoom()
      } else if try hasRemovedWithSide(removed, losing) {
        start = removed.end
      } else {
        guard givingUp else { return false }
        try giveUp(but: blocks, losing)
        break
      }
    }
    forgotten.remove(blocks)
    return true
  }

  /// Whether there is room for a change of the tree; if so, the places of its nodes are ready. A
  /// change that adds no node needs room for its copies only: the next flush frees as many nodes.
  private func isAffordable(_ cost: ExtentTree.Cost) throws(ImageError) -> Bool {
    let isRemoval = cost.additions == 0
    let hasRooms = isRemoval ? space.rooms >= UInt64(cost.copies) : spareRooms(after: cost) != nil
    guard hasRooms else { return false }
    return try hasRoom(for: cost, andReserve: !isRemoval)
  }

  /// Removes what is forgotten but is still in the tree, so that no crash brings it back. `losing`
  /// is called if more than that is lost.
  func removeForgotten(_ losing: (Loss) -> Void) throws(ImageError) {
    while let blocks = forgotten.ranges.first { try removeCached(blocks, losing) }
  }

  /// Removes blocks from the middle of an extent together with its smaller side. Returns `false`,
  /// and does nothing, if they are not in the middle.
  private func hasRemovedWithSide(
    _ removed: Cover, _ losing: (Loss) -> Void
  ) throws(ImageError) -> Bool {
    guard let extent = tree.firstExtent(from: BlockOffset(removed.start)),
      extent.offset < removed.start, extent.end > removed.end
    else { return false }
    let left = Cover(start: extent.offset, end: removed.start)
    let right = Cover(start: removed.end, end: extent.end)
    let side = left.count < right.count ? left : right
    try removeCached(removed.union(side), losing)
    counts.droppedBlocks += side.count
    losing(
      Loss(offset: BlockOffset(side.start), count: BlockCount(side.count), cause: .dropped))
    return true
  }

  /// Frees blocks: by a flush if that frees any, else by evicting the least recently used extents,
  /// at least `wanted` blocks, but none of `spared`. Returns whether it did anything.
  func makeRoom(
    for wanted: UInt64, sparing spared: Cover, _ losing: (Loss) -> Void
  ) throws(ImageError) -> Bool {
    if space.waits {
      try flushForRoom()
      return true
    }
    // Evicted blocks are free only after a flush, so many are evicted at once.
    let batch = min(
      space.data.rawValue / Self.batchPart, tree.limits.mergedBlocks.rawValue)
    let goal = max(wanted, batch)
    var evicted: UInt64 = 0
    while evicted < goal, let loss = try evict(goal - evicted, sparing: spared, losing) {
      evicted += loss.count.rawValue
      losing(loss)
    }
    return evicted > 0
  }

  /// One of so many cached blocks is evicted at once.
  private static var batchPart: UInt64 { 64 }

  func flushForRoom() throws(ImageError) {
    try publish()
    counts.selfFlushes += 1
  }

  /// Evicts the least recently used extent, or its last `most` blocks; returns `nil` if there is
  /// none, or if it has a spared block.
  private func evict(
    _ most: UInt64, sparing spared: Cover, _ losing: (Loss) -> Void
  ) throws(ImageError) -> Loss? {
    guard let id = tree.recency.leastRecent,
      let extent = tree.firstExtent(from: tree.recency.offset(of: id)),
      spared.count == 0 || extent.end <= spared.start || extent.offset >= spared.end
    else { return nil }
    let start = extent.end - min(most, UInt64(extent.count))
    let victim = Cover(start: start, end: extent.end)
    guard try removeCached(victim, givingUp: false, losing) else { return nil }
    counts.evictions += 1
    counts.evictedBlocks += victim.count
    return Loss(
      offset: BlockOffset(victim.start), count: BlockCount(victim.count), cause: .evicted)
  }
}
