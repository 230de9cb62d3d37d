internal import VCIFormat
internal import VCIGenerators

/// The places of the parts of a plan. Nodes and extents are identified by their index from left to
/// right.
struct PlanIndex {
  let plan: ImagePlan
  /// The path to each node.
  let paths: [NodePath]
  /// The extents, each with its node and slot.
  let extents: [(node: Int, slot: Int, extent: Extent)]
  /// The parent of each node, and its slot there; `nil` for the root.
  let parents: [(node: Int, slot: Int)?]
  /// The index of the first extent of each leaf; for an internal node, of the next extent.
  let firstExtents: [Int]

  init(_ plan: ImagePlan) {
    self.plan = plan
    var paths = [NodePath](repeating: .root, count: plan.nodes.count)
    var parents = [(node: Int, slot: Int)?](repeating: nil, count: plan.nodes.count)
    var extents: [(node: Int, slot: Int, extent: Extent)] = []
    var firstExtents: [Int] = []
    for (index, node) in plan.nodes.enumerated() {
      firstExtents.append(extents.count)
      for (slot, entry) in node.entries.enumerated() {
        paths[entry.node] = paths[index].child(slot)
        parents[entry.node] = (index, slot)
      }
      extents += node.extents.enumerated().map { (index, $0, $1) }
    }
    (self.paths, self.parents, self.extents) = (paths, parents, extents)
    self.firstExtents = firstExtents
  }

  /// Returns the node at `path`; `nil` if there is none.
  func node(at path: NodePath) -> Int? {
    var index = 0
    for level in 0..<Int(path.depth) {
      let entries = plan.nodes[index].entries
      guard path[level] < entries.count else { return nil }
      index = entries[path[level]].node
    }
    return index
  }

  /// Returns the number of used slots of a node.
  func usedSlots(of node: Int) -> Int {
    plan.nodes[node].extents.count + plan.nodes[node].entries.count
  }
}
