internal import VCIFormat

extension ImageWriter {
  /// The answer to a read of `count` blocks from `block` on: part of one extent, which becomes the
  /// most recently used one, or part of one gap.
  func answer(from block: BlockOffset, _ count: BlockCount) -> StoredTree.Answer {
    var count = count
    if let hidden = forgotten.first(endingAfter: block.rawValue) {
      guard hidden.start > block.rawValue else {
        return .miss(min(count, BlockCount(hidden.end - block.rawValue)))
      }
      count = min(count, BlockCount(hidden.start - block.rawValue))
    }
    guard block < Format.diskEnd, let extent = tree.firstExtent(from: block) else {
      return .miss(count)
    }
    guard extent.offset <= block.rawValue else {
      return .miss(min(count, BlockOffset(extent.offset) - block))
    }
    tree.recency.use(extent.id)
    let step = block - BlockOffset(extent.offset)
    return .hit(BlockRange(extent.data.first + step, min(count, extent.data.count - step)))
  }

  /// The extent that holds disk block `block`, or else the first one after it; its links are 0.
  func nextExtent(from block: BlockOffset) -> Extent? {
    guard block < Format.diskEnd, let extent = tree.firstExtent(from: block) else { return nil }
    guard !forgotten.isEmpty else { return extent.stored(between: (0, 0)) }
    return firstServed(from: block.rawValue)?.stored(between: (0, 0))
  }

  /// The first part of an extent that is served and ends after `block`.
  private func firstServed(from block: UInt64) -> ExtentSlot? {
    var block = block
    while let extent = tree.firstExtent(from: BlockOffset(block)) {
      var start = extent.offset
      while start < extent.end {
        let hidden = forgotten.first(endingAfter: start)
        let end = min(extent.end, max(start, hidden?.start ?? .max))
        if end > max(start, block) { return extent.part(from: start, to: end) }
        start = min(extent.end, hidden?.end ?? extent.end)
      }
      block = extent.end
    }
    return nil
  }

  /// Calls `body` with each run of disk blocks that are cached but not flushed.
  func forEachUnflushed(
    _ offset: BlockOffset, _ count: BlockCount, _ body: (BlockOffset, BlockCount) -> Void
  ) {
    let end = offset.end(of: count).rawValue
    var next = offset.rawValue
    while next < end, let extent = tree.firstExtent(from: BlockOffset(next)), extent.offset < end {
      let part = extent.part(from: max(next, extent.offset), to: min(end, extent.end))
      var fresh = space.fresh
      var place = part.offset
      fresh.subtract(part.data) { range, isFresh in
        if isFresh { body(BlockOffset(place), range.count) }
        place += range.count.rawValue
      }
      next = extent.end
    }
  }
}
