internal import VCIFormat

/// The room that the reference has for writing in a valid image.
///
/// It opens an image for writing only if the runs of free blocks hold the reserve, one node for
/// each level of the tree, and leave a block for data.
package struct WriterRoom: Hashable, Sendable {
  /// The number of nodes that the runs of free blocks hold.
  package let rooms: UInt64
  /// The number of levels of the tree.
  package let levels: UInt64
  /// The number of blocks that hold neither header nor map nor node.
  package let blocks: UInt64

  package init(_ model: ImageModel) {
    let walk = TreeWalk(model)
    let owned = Ownership(walk)
    let end = model.header.blocks.rawValue
    let free = BlockRuns([BlockRange(0, model.header.blocks)]).subtracting(owned.all)
    rooms = free.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) / Format.nodeBlocks.rawValue }
    levels = UInt64(walk.visits.map(\.level).max() ?? 1)
    blocks = end - min(end, owned.metadata.count(below: end))
  }

  /// Whether the image can be opened for writing.
  package var isEnough: Bool {
    rooms >= levels && blocks > levels * Format.nodeBlocks.rawValue
  }
}
