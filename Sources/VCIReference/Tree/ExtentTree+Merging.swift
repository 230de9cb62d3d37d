internal import VCIFormat

extension ExtentTree {
  /// Merges the child in slot `index` of a node with a sibling if the child has few slots, and one
  /// node can hold both, by their number and by what an entry can cover.
  ///
  /// The child, which is fresh, takes the sibling's slots, so no node must be placed.
  func mergeIfSmall(_ index: Int, of parent: NodeID, in space: inout some NodeSpace) {
    let child = self[entry(self[parent], index).child]
    let limit = limit(of: child)
    guard Int(child.count) <= (limit + 3) / 4 else { return }
    let merged = limit - limit / 4
    if index + 1 < Int(self[parent].count), fits(index, of: parent, merged) {
      merge(index, with: index + 1, of: parent, in: &space)
    } else if index > 0, fits(index - 1, of: parent, merged) {
      merge(index, with: index - 1, of: parent, in: &space)
    }
  }

  /// Whether the children in slots `index` and `index + 1` have at most `limit` slots, and one
  /// entry can cover both.
  private func fits(_ index: Int, of parent: NodeID, _ limit: Int) -> Bool {
    let first = entry(self[parent], index)
    let second = entry(self[parent], index + 1)
    let count = Int(self[first.child].count) + Int(self[second.child].count)
    return count <= limit && first.cover.union(second.cover).count <= limits.span.rawValue
  }

  private func merge(
    _ index: Int, with sibling: Int, of parent: NodeID, in space: inout some NodeSpace
  ) {
    merges += 1
    let id = entry(self[parent], index).child
    let other = entry(self[parent], sibling).child
    let (first, second) = sibling > index ? (id, other) : (other, id)
    if self[id].isLeaf {
      setSlots(extents(of: first) + extents(of: second), of: id)
    } else {
      setSlots(entries(of: first) + entries(of: second), of: id)
    }
    remove(other, in: &space)
    entries[self[parent].run, index] = EntrySlot(cover(of: id), child: id)
    removeEntry(sibling, of: parent)
  }
}
