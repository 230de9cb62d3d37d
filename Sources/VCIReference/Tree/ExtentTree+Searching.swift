internal import VCIFormat

extension ExtentTree {
  /// A node on the path of a search.
  struct Step {
    let node: NodeID
    /// The slot through which the path goes on, or in which it ends.
    var index: Int
  }

  /// The extent that holds `block`, or else the first one after it.
  func firstExtent(from block: BlockOffset) -> ExtentSlot? {
    guard find(from: block.rawValue), let last = trail.last else { return nil }
    return extent(self[last.node], last.index)
  }

  /// Finds the first extent that ends after disk block `start`; its place is the last step of
  /// `trail`. Returns whether there is one.
  ///
  /// It takes O(log n) steps unless leaves are empty.
  func find(from start: UInt64) -> Bool {
    var start = start
    while true {
      trail.removeAll(keepingCapacity: true)
      guard let next = descend(to: start) else { return true }
      guard next != .max else { return false }
      start = next
    }
  }

  /// Goes down to the first extent that ends after `start`, and returns `nil`. If the leaf for
  /// `start` has none, returns from which block on there may be one: the largest number if nowhere.
  private func descend(to start: UInt64) -> UInt64? {
    var next = UInt64.max
    var id = root
    while true {
      let node = self[id]
      let count = Int(node.count)
      if node.isLeaf {
        let index = firstExtent(of: node) { $0.end > start }
        trail.append(Step(node: id, index: index))
        return index < count ? nil : next
      }
      let index = firstEntry(of: node) { $0.end > start }
      guard index < count else { return next }
      if index + 1 < count { next = entry(node, index + 1).offset }
      trail.append(Step(node: id, index: index))
      id = entry(node, index).child
    }
  }

  /// The index of the first entry for which `isReached` returns true, as it does for all after it;
  /// the number of entries if there is none.
  func firstEntry(of node: Node, where isReached: (EntrySlot) -> Bool) -> Int {
    entries.firstSlot(of: node.run, count: Int(node.count), where: isReached)
  }

  /// The index of the first extent of a leaf, found in the same way.
  func firstExtent(of leaf: Node, where isReached: (ExtentSlot) -> Bool) -> Int {
    extents.firstSlot(of: leaf.run, count: Int(leaf.count), where: isReached)
  }

  /// The disk blocks from the first to the last of a node.
  ///
  /// - Precondition: it has a used slot.
  func cover(of id: NodeID) -> Cover {
    cover(self[id], 0).union(cover(self[id], Int(self[id].count) - 1))
  }
}
