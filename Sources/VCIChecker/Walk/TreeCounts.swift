/// The counts that the walk through a tree makes.
struct TreeCounts {
  var tree = Report.Tree(depth: 0, internalNodes: 0, leaves: 0, extents: 0, cachedBlocks: 0)
  /// The level of the first leaf; 0 before it is read.
  var firstLeafLevel = 0
  /// Whether some link of the LRU list is not 0.
  var hasLinks = false

  /// Adds the extents of a leaf that breaks no rule.
  mutating func add(_ leaf: NodeFastPath) {
    addExtents(leaf.used, of: leaf.blocks)
    if leaf.links != 0 { hasLinks = true }
  }

  /// Adds `count` extents of together `blocks` disk blocks.
  mutating func addExtents(_ count: Int, of blocks: UInt64) {
    tree.extents += count
    let (sum, overflow) = tree.cachedBlocks.addingReportingOverflow(blocks)
    tree.cachedBlocks = overflow ? .max : sum
  }
}
