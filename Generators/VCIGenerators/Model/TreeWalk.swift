internal import VCIFormat

/// A walk over the tree of an edited image, by point 4 of "When each rule is checked" in
/// `Specs/VCI.md`: which nodes are read, by which entry, and which extents can be read.
struct TreeWalk {
  /// A node that is read.
  struct Visit {
    /// What it is to a program that believes its type; `nil` for a dead end (VCI-NODE-001).
    let view: ModelNode?
    /// Where it lies.
    let place: BlockRange
    /// The slots that lead to it.
    let path: NodePath
    /// Its level; the root's is 1.
    let level: Int
    /// The entry that leads to it; `nil` for the root.
    let entry: Step?
  }

  /// A used entry of an internal node.
  struct Step {
    /// The visit of the node that has it.
    let visit: Int
    /// Its slot.
    let slot: Int
    /// What it says.
    let entry: InternalEntry
  }

  /// What a walk makes of a used entry.
  enum Outcome: Equatable {
    /// The child is read: it is this visit.
    case read(Int)
    /// It names the root or an ancestor, which is this visit.
    case cycle(Int)
    /// It names a node that an earlier entry names, which is this visit.
    case shared(Int)
    /// The child is not in range, or not in the file.
    case unreadable
    /// The entry stands at level 16.
    case tooDeep
  }

  /// A used extent of a leaf that is read.
  struct PlacedExtent {
    let visit: Int
    let slot: Int
    let extent: Extent
  }

  let model: ImageModel
  /// The nodes that are read, in walk order.
  private(set) var visits: [Visit] = []
  /// The used entries of those nodes, and what becomes of them, in walk order.
  private(set) var steps: [(step: Step, outcome: Outcome)] = []
  /// The used extents whose data can be read, in walk order.
  private(set) var placedExtents: [PlacedExtent] = []
  /// Whether an entry leads to bytes that the model does not know.
  private(set) var leadsAstray = false
  /// The visits of the model's nodes, by the nodes' indices.
  private var visitsOfNodes: [Int?]
  /// The visits of places where the plan has no node, by their addresses.
  private var visitsOfStrangers: [BlockAddress: Int] = [:]

  /// Walks from where the header says that the root is; from the plan's where nothing is known
  /// of that place.
  init(_ model: ImageModel) {
    self.model = model
    visitsOfNodes = Array(repeating: nil, count: model.nodes.count)
    let root = model.node(at: model.header.treeRoot) ?? 0
    enter(model.nodes[root].place.first, root, path: .root, level: 1, entry: nil)
  }

  /// Reads the node at `address`, which is node `index` of the model or none, and all below it.
  private mutating func enter(
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
        view: view, place: BlockRange(address, Format.nodeBlocks), path: path, level: level,
        entry: entry))
    guard let view else { return }
    if view.kind == .leaf { place(view.extents, of: visit) }
    for slot in view.entries.indices where view.entries[slot].slotState == .used {
      follow(Step(visit: visit, slot: slot, entry: view.entries[slot]))
    }
  }

  private mutating func place(_ extents: [Extent], of visit: Int) {
    for (slot, extent) in extents.enumerated() where extent.slotState == .used {
      guard model.isInRange(extent.data), model.isInFile(extent.data) else { continue }
      placedExtents.append(PlacedExtent(visit: visit, slot: slot, extent: extent))
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
    enter(address, node, path: path, level: level + 1, entry: step)
  }

  /// Whether a visit is another one, or one of its ancestors.
  private func isAncestor(_ earlier: Int, of visit: Int) -> Bool {
    // Ancestors are visited before what lies below them.
    var visit = visit
    while visit > earlier, let entry = visits[visit].entry { visit = entry.visit }
    return visit == earlier
  }
}
