internal import VCIFormat

/// The room that a writer has in an image whose tree has no corruption but clear bits.
///
/// The reference opens an image for writing only if the runs of free blocks hold the reserve, one
/// node for each level of the tree, and leave a block for data.
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
    self.init(
      model.header.blocks, owned.all, owned.metadata,
      levels: UInt64(walk.visits.map(\.level).max() ?? 1))
  }

  /// Counts the room in an image that has no model.
  ///
  /// - Precondition: A check finds no corruption but clear bits.
  package init(_ bytes: SparseBytes) {
    let header = bytes.header
    var walk = PlainWalk(header)
    walk.visit(header.treeRoot, level: 1, bytes)
    self.init(
      header.blocks, BlockRuns(walk.metadata + walk.data), BlockRuns(walk.metadata),
      levels: walk.levels)
  }

  init(_ size: BlockCount, _ owned: BlockRuns, _ metadata: BlockRuns, levels: UInt64) {
    let end = size.rawValue
    let free = BlockRuns([BlockRange(0, size)]).subtracting(owned)
    rooms = free.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) / Format.nodeBlocks.rawValue }
    self.levels = levels
    blocks = end - min(end, metadata.count(below: end))
  }

  /// Whether the image can be opened for writing.
  package var isEnough: Bool {
    rooms >= levels && blocks > levels * Format.nodeBlocks.rawValue
  }
}

/// The blocks that header, map, nodes and extents own, in a tree without corruption but clear bits.
private struct PlainWalk {
  private(set) var metadata: [BlockRange]
  private(set) var data: [BlockRange] = []
  /// The level of the deepest node so far.
  private(set) var levels: UInt64 = 1

  init(_ header: Header) {
    metadata = [
      BlockRange(0, Format.headerBlocks), BlockRange(header.blockMap, header.blockMapBlocks),
    ]
  }

  /// Adds the node at `address` and what lies below it. A node that cannot be read, or lies below
  /// the last level, is left out.
  mutating func visit(_ address: BlockAddress, level: Int, _ bytes: SparseBytes) {
    guard level <= Format.maximumLevels, let node = bytes.node(at: address) else { return }
    levels = max(levels, UInt64(level))
    metadata.append(BlockRange(address, Format.nodeBlocks))
    data += node.extents.filter(\.isUsed).map(\.data).filter { $0.end != nil }
    for entry in node.entries where entry.isUsed { visit(entry.child, level: level + 1, bytes) }
  }
}
