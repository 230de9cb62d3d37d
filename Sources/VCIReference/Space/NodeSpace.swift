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

/// What nodes of a tree may hold.
struct TreeLimits: Hashable, Sendable {
  /// The most extents of a leaf.
  var extentsPerLeaf = Format.extentsPerLeaf
  /// The most entries of an internal node.
  var entriesPerNode = Format.entriesPerInternalNode
  /// The most disk blocks that an entry or an extent covers.
  var span = BlockCount(UInt64(UInt32.max))
  /// The most levels, the root's included.
  var levels = Format.maximumLevels
  /// The most blocks of an extent that was merged from several.
  var mergedBlocks: BlockCount = 2048

  /// The limits of the format.
  static let format = TreeLimits()
}
