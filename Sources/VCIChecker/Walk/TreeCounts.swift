internal import VCIFormat

/// The counts that the walk through a tree makes.
struct TreeCounts {
  /// The deepest level that was read.
  var depth = 0
  var internalNodes = 0
  var leaves = 0
  var extents = 0
  /// The disk blocks of all extents, or `UInt64.max` if there are more.
  var cachedBlocks: UInt64 = 0
  /// The level of the first leaf; 0 before it is read.
  var firstLeafLevel = 0
  /// Whether some link of the LRU list is not 0.
  var hasLinks = false

  /// Adds the extents of a leaf that breaks no rule.
  mutating func add(_ leaf: NodeFastPath) {
    extents += leaf.used
    addBlocks(leaf.blocks)
    if leaf.links != 0 { hasLinks = true }
  }

  mutating func addBlocks(_ blocks: UInt64) {
    let (sum, overflow) = cachedBlocks.addingReportingOverflow(blocks)
    cachedBlocks = overflow ? .max : sum
  }
}
