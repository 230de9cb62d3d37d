internal import VCIFormat

extension ExtentTree {
  /// Checks that nodes, entries, extents and the list are consistent. O(n)
  ///
  /// - Precondition: they are.
  func checkInvariants() {
    recency.checkInvariants()
    var audit = TreeAudit()
    audit.visit(root, level: 1, within: nil, isBelowFresh: true, of: self)
    precondition(
      audit.extents == extentCount, "\(audit.extents) extents, \(extentCount) in the list")
    precondition(audit.nodes == nodeCount, "\(audit.nodes) nodes are named of \(nodeCount)")
  }
}

/// A walk through a tree that checks and counts nodes and extents.
private struct TreeAudit {
  var extents = 0
  var nodes = 0

  /// The recursion ends: a leaf at a wrong level fails before the next step down.
  mutating func visit(
    _ id: ExtentTree.NodeID, level: Int, within cover: Cover?, isBelowFresh: Bool,
    of tree: ExtentTree
  ) {
    let node = tree[id]
    nodes += 1
    precondition(isBelowFresh || !node.isFresh, "node \(id) is fresh below one that is not")
    precondition(
      node.isLeaf == (level == tree.levels), "a leaf at level \(level) of \(tree.levels)")
    let limit = tree.limit(of: node)
    precondition(node.count <= limit, "\(node.count) slots of \(limit)")
    precondition(node.isLeaf || node.count > 0, "an internal node without entries")
    var last = cover?.start ?? 0
    for index in 0..<Int(node.count) {
      let slot =
        node.isLeaf
        ? visitExtent(tree.extent(node, index), of: tree)
        : visitEntry(tree.entry(node, index), level, node.isFresh, of: tree)
      precondition(slot.start >= last && slot.end > slot.start, "\(slot) behind \(last)")
      precondition(slot.count <= tree.limits.span.rawValue, "\(slot) in one slot")
      last = slot.end
    }
    precondition(last <= cover?.end ?? Format.diskEnd.rawValue, "\(last) is past the end")
  }

  private mutating func visitExtent(_ slot: ExtentSlot, of tree: ExtentTree) -> Cover {
    extents += 1
    precondition(slot.address != 0, "an extent at \(slot.offset) without an address")
    precondition(
      tree.recency.offset(of: slot.id).rawValue == slot.offset,
      "extent \(slot.id) at \(slot.offset), in the list at \(tree.recency.offset(of: slot.id))")
    return slot.cover
  }

  private mutating func visitEntry(
    _ slot: EntrySlot, _ level: Int, _ isFresh: Bool, of tree: ExtentTree
  ) -> Cover {
    visit(slot.child, level: level + 1, within: slot.cover, isBelowFresh: isFresh, of: tree)
    return slot.cover
  }
}
