internal import VCIFormat

extension ImageWriter {
  /// Forgets what is cached of `count` disk blocks from `offset` on.
  func discard(
    _ offset: BlockOffset, _ count: BlockCount, losing: (Loss) -> Void
  ) throws(ImageError) {
    guard offset < Format.diskEnd else { return }
    let end = min(offset.rawValue.saturatingSum(count), Format.diskEnd.rawValue)
    try removeCached(Cover(start: offset.rawValue, end: end), losing)
  }

  /// Removes what is cached of some disk blocks; `losing` is told where a part of an extent goes too,
  /// because there is no slot for it or no room for the node that would have it.
  ///
  /// Where the disk has no room for a copy of what leads to them, the cache is given up, unless `givingUp`
  /// is false: then nothing is done, and the answer is no.
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
        if givingUp { try giveUp(but: blocks, losing) }
        return givingUp
      }
    }
    return true
  }

  /// Whether there is room for a change of the tree; the places of its nodes are ready then. One that
  /// adds no node needs it for its copies only: the flush that follows makes as much.
  private func isAffordable(_ cost: ExtentTree.Cost) throws(ImageError) -> Bool {
    let isRemoval = cost.additions == 0
    let hasRooms = isRemoval ? space.rooms >= UInt64(cost.copies) : spareRooms(after: cost) != nil
    guard hasRooms else { return false }
    return try hasRoom(for: cost, andReserve: !isRemoval)
  }

  /// Removes some blocks of the middle of an extent, and what it has on the side where that is less;
  /// answers no, and does nothing, where they are not in the middle.
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

  /// Makes blocks free: by a flush where that frees some, else by evicting what was used least recently,
  /// `wanted` blocks or more, but nothing of what is `spared`. Answers whether it did anything.
  func makeRoom(
    for wanted: UInt64, sparing spared: Cover, _ losing: (Loss) -> Void
  ) throws(ImageError) -> Bool {
    if space.waits {
      try flushForRoom()
      return true
    }
    // A flush costs more than a few blocks are worth: it is made for many writes.
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

  /// What part of the cached blocks is evicted at once.
  private static var batchPart: UInt64 { 64 }

  func flushForRoom() throws(ImageError) {
    try flush()
    counts.selfFlushes += 1
  }

  /// Evicts the extent that was used least recently, or its last `most` blocks; `nil` where there is
  /// none, or it has a block that is spared.
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
