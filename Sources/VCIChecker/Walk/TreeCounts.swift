internal import VCIFormat

/// What was counted on the walk through a tree.
struct TreeTally {
  /// The deepest level that was read.
  var depth = 0
  var internalNodes = 0
  var leaves = 0
  var extents = 0
  /// The disk blocks that they hold; `UInt64.max` where there are more.
  var cachedBlocks: UInt64 = 0
  /// The level of the first leaf, 0 before it is read.
  var firstLeafLevel = 0
  /// Whether some link of the LRU list is not 0.
  var hasLinks = false

  mutating func addBlocks(_ blocks: UInt64) {
    let (sum, overflow) = cachedBlocks.addingReportingOverflow(blocks)
    cachedBlocks = overflow ? .max : sum
  }
}
