internal import VCIFormat

extension ExtentTree {
  /// Merges the child in slot `index` of a node with a sibling where it holds little, and both fit one
  /// node by number and by what an entry can cover.
  ///
  /// The sibling's slots go to the child, which is fresh, so no node has to be placed.
  func mergeIfSmall(_ index: Int, of parent: NodeID, in space: inout some NodeSpace) {
    let child = self[entry(self[parent], index).child]
    let limit = child.isLeaf ? limits.extentsPerLeaf : limits.entriesPerNode
    guard Int(child.count) <= (limit + 3) / 4 else { return }
    let merged = limit - limit / 4
    if index + 1 < Int(self[parent].count), fits(index, of: parent, merged) {
      merge(index, with: index + 1, of: parent, in: &space)
    } else if index > 0, fits(index - 1, of: parent, merged) {
      merge(index, with: index - 1, of: parent, in: &space)
    }
  }

  /// Whether the children in slots `index` and `index + 1` hold at most `limit` slots, and an entry can
  /// cover both.
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
    let count = Int(self[first].count) + Int(self[second].count)
    var run = self[id].run
    if self[id].isLeaf {
      extents.store(extentSlots(of: first) + extentSlots(of: second), in: &run)
    } else {
      entries.store(entrySlots(of: first) + entrySlots(of: second), in: &run)
    }
    self[id].run = run
    self[id].count = UInt8(count)
    remove(other, in: &space)
    entries[self[parent].run, index] = EntrySlot(cover(of: id), child: id)
    removeEntry(sibling, of: parent)
  }

  private func extentSlots(of id: NodeID) -> [ExtentSlot] {
    extents.slots(of: self[id].run, count: Int(self[id].count))
  }

  private func entrySlots(of id: NodeID) -> [EntrySlot] {
    entries.slots(of: self[id].run, count: Int(self[id].count))
  }
}
