internal import VCIFormat
internal import VCIGenerators

/// Where the parts of a plan stand: nodes and extents by their index from left to right.
struct PlanIndex {
  let plan: ImagePlan
  /// The slots that lead to each node.
  let paths: [NodePath]
  /// The extents, with the node and the slot that has each.
  let extents: [(node: Int, slot: Int, extent: Extent)]
  /// The node and the slot that lead to each node; `nil` for the root.
  let parents: [(node: Int, slot: Int)?]
  /// The index of each leaf's first extent; of an internal node, of the next one.
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

  /// The node to which `path` leads.
  func node(at path: NodePath) -> Int? {
    var index = 0
    for level in 0..<Int(path.depth) {
      let entries = plan.nodes[index].entries
      guard path[level] < entries.count else { return nil }
      index = entries[path[level]].node
    }
    return index
  }

  /// How many slots of a node are used.
  func usedSlots(of node: Int) -> Int {
    plan.nodes[node].extents.count + plan.nodes[node].entries.count
  }
}
