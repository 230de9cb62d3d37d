internal import VCIFormat

/// A walk over the tree of an edited image, by point 4 of "When each rule is checked" in
/// `Specs/VCI.md`: which nodes are read, by which entry, and which extents can be read.
struct TreeWalk {
  /// A node that is read.
  struct Visit {
    /// The node as its type byte says; `nil` if that is no type (VCI-NODE-001).
    let view: ModelNode?
    /// The node's blocks.
    let range: BlockRange
    /// The slots that lead to it.
    let path: NodePath
    /// The root's level is 1.
    let level: Int
    /// The entry that leads to it; `nil` for the root.
    let entry: Step?
  }

  /// A used entry of an internal node.
  struct Step {
    /// The index of the visit of the entry's node.
    let visit: Int
    let slot: Int
    let entry: InternalEntry
  }

  /// The result of following a used entry.
  enum Outcome: Equatable {
    /// The child was read, in this visit.
    case read(Int)
    /// The entry names the root or an ancestor, which was read in this visit.
    case cycle(Int)
    /// The entry names a node that an earlier entry names, and that was read in this visit.
    case shared(Int)
    /// The child is not in range, or not in the file.
    case unreadable
    /// The entry belongs to a node at level 16.
    case tooDeep
  }

  /// A used extent of a leaf that is read.
  struct UsedExtent {
    /// The index of the visit of its leaf.
    let visit: Int
    let slot: Int
    let extent: Extent
  }

  let model: ImageModel
  /// The nodes that are read, in walk order.
  private(set) var visits: [Visit] = []
  /// The used entries of those nodes with the results of following them, in walk order.
  private(set) var steps: [(step: Step, outcome: Outcome)] = []
  /// The used extents of those nodes, in walk order.
  private(set) var usedExtents: [UsedExtent] = []
  /// The used extents whose data can be read: it is in range and in the file.
  private(set) var placedExtents: [UsedExtent] = []
  /// Whether an entry leads to a node that the model does not know.
  private(set) var leadsAstray = false
  /// The visit of each node of the model, by the node's index.
  private var visitsOfNodes: [Int?]
  /// The visits of addresses at which the model has no node.
  private var visitsOfStrangers: [BlockAddress: Int] = [:]

  /// Walks from the root that the header names, or from the plan's if the model has no node there.
  init(_ model: ImageModel) {
    self.model = model
    visitsOfNodes = Array(repeating: nil, count: model.nodes.count)
    let root = model.node(at: model.header.treeRoot) ?? 0
    visit(model.nodes[root].range.first, root, path: .root, level: 1, entry: nil)
  }

  /// Visits the node at `address`, which is node `index` of the model or none, and all nodes below
  /// it.
  private mutating func visit(
    _ address: BlockAddress, _ index: Int?, path: NodePath, level: Int, entry: Step?
  ) {
    let visit = visits.count
    let view: ModelNode?
    if let index {
      visitsOfNodes[index] = visit
      view = model.nodes[index].view()
    } else {
      visitsOfStrangers[address] = visit
      if NodeType(rawValue: model.firstByte(of: address)) != nil { leadsAstray = true }
      view = nil
    }
    visits.append(
      Visit(
        view: view, range: BlockRange(address, Format.nodeBlocks), path: path, level: level,
        entry: entry))
    guard let view else { return }
    if view.kind == .leaf { add(view.extents, of: visit) }
    for slot in view.entries.indices where view.entries[slot].isUsed {
      follow(Step(visit: visit, slot: slot, entry: view.entries[slot]))
    }
  }

  private mutating func add(_ extents: [Extent], of visit: Int) {
    for (slot, extent) in extents.enumerated() where extent.isUsed {
      let used = UsedExtent(visit: visit, slot: slot, extent: extent)
      usedExtents.append(used)
      guard model.isInRange(extent.data), model.isInFile(extent.data) else { continue }
      placedExtents.append(used)
    }
  }

  private mutating func follow(_ step: Step) {
    let level = visits[step.visit].level
    guard level < Format.maximumLevels else { return steps.append((step, .tooDeep)) }
    let address = step.entry.child
    let child = BlockRange(address, Format.nodeBlocks)
    guard model.isInRange(child), model.isInFile(child) else {
      return steps.append((step, .unreadable))
    }
    let node = model.node(at: address)
    if let earlier = node.map({ visitsOfNodes[$0] }) ?? visitsOfStrangers[address] {
      let outcome = isAncestor(earlier, of: step.visit) ? Outcome.cycle(earlier) : .shared(earlier)
      return steps.append((step, outcome))
    }
    steps.append((step, .read(visits.count)))
    let path = visits[step.visit].path.child(step.slot)
    visit(address, node, path: path, level: level + 1, entry: step)
  }

  /// Returns whether `earlier` is `visit` or the visit of one of its ancestors.
  private func isAncestor(_ earlier: Int, of visit: Int) -> Bool {
    // Ancestors have lower indices than the nodes below them.
    var visit = visit
    while visit > earlier, let entry = visits[visit].entry { visit = entry.visit }
    return visit == earlier
  }
}
