internal import VCIFormat

/// What the nodes of a tree may hold; tests use smaller limits than the format's.
struct TreeLimits: Hashable, Sendable {
  var extentsPerLeaf = Format.extentsPerLeaf
  var entriesPerNode = Format.entriesPerInternalNode
  /// The most disk blocks that an entry or an extent covers.
  var span = BlockCount(UInt64(UInt32.max))
  /// The most levels, the root's included.
  var levels = Format.maximumLevels
  /// The most blocks of an extent that was merged from several.
  var mergedBlocks: BlockCount = 2048

  static let format = TreeLimits()
}
