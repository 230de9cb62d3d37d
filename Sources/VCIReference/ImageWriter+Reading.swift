internal import VCIFormat

extension ImageWriter {
  /// The answer to a read of `count` blocks from `block` on: of one extent, which is noted as used, or
  /// of one gap.
  func answer(from block: BlockOffset, _ count: BlockCount) -> StoredTree.Answer {
    guard block < Format.diskEnd, let extent = tree.firstExtent(from: block) else {
      return .miss(count)
    }
    guard extent.offset <= block.rawValue else {
      return .miss(BlockCount(min(count.rawValue, extent.offset - block.rawValue)))
    }
    tree.recency.use(extent.id)
    let step = block.rawValue - extent.offset
    return .hit(
      BlockRange(
        BlockAddress(extent.address + step),
        BlockCount(min(count.rawValue, UInt64(extent.count) - step))))
  }

  /// The extent that holds disk block `block`, or else the first one behind it; links are 0.
  func nextExtent(from block: BlockOffset) -> Extent? {
    guard block < Format.diskEnd else { return nil }
    return tree.firstExtent(from: block)?.stored(between: (0, 0))
  }
}
