internal import VCIFormat

/// The allocator that a tree takes the blocks of its nodes from, and returns blocks to.
protocol NodeSpace {
  /// Takes 8 blocks for a node.
  ///
  /// - Precondition: there is room; the cost of a change is ensured before it.
  mutating func placeNode() -> BlockAddress

  /// Returns the blocks of a node that the tree no longer has.
  mutating func releaseNode(at address: BlockAddress)

  /// Returns data that no extent holds any more.
  mutating func releaseData(_ data: BlockRange)
}
