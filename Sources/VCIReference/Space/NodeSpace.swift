internal import VCIFormat

/// Where a tree gets the blocks of its nodes from, and gives back what it no longer names.
protocol NodeSpace {
  /// Takes 8 blocks for a node.
  ///
  /// - Precondition: there is room; who changes a tree has made sure of what the change costs.
  mutating func placeNode() -> BlockAddress

  /// Gives back the blocks of a node that the tree no longer has.
  mutating func releaseNode(at address: BlockAddress)

  /// Gives back data that no extent holds any more.
  mutating func releaseData(_ data: BlockRange)
}
