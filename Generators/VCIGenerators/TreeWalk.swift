internal import VCIFormat

/// A walk over the tree of an image under edits, as point 4 of "What is judged when" has it: which
/// nodes are read, how each is come to, and which extents can be read.
struct TreeWalk {
  /// A node that is read.
  struct Visit {
    /// What it is to a program that believes its type; `nil` for a dead end (VCI-NODE-001).
    let view: ModelNode?
    /// Where it lies.
    let place: BlockRange
    /// What its type's byte says.
    let type: UInt8
    /// The slots that lead to it.
    let path: NodePath
    /// The visits of its ancestors, the root first.
    let ancestors: [Int]
    /// The entry that leads to it; `nil` for the root.
    let entry: Step?

    /// Its level; the root's is 1.
    var level: Int { ancestors.count + 1 }
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
  enum Outcome {
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
  private var visitsByAddress: [BlockAddress: Int] = [:]

  /// Walks from where the header says that the root is; from the plan's where nothing is known
  /// of that place.
  init(_ model: ImageModel) {
    self.model = model
    let root = model.node(at: model.header.treeRoot) ?? 0
    enter(model.nodes[root].place.first, path: .root, ancestors: [], entry: nil)
  }

  /// Reads the node at `address` and all below it.
  private mutating func enter(
    _ address: BlockAddress, path: NodePath, ancestors: [Int], entry: Step?
  ) {
    let node = model.node(at: address).map { model.nodes[$0] }
    let type = node?.type ?? model.firstByte(of: address)
    if node == nil, NodeType(rawValue: type) != nil { leadsAstray = true }
    let index = visits.count
    let view = node?.view()
    visits.append(
      Visit(
        view: view, place: BlockRange(address, Format.nodeBlocks), type: type, path: path,
        ancestors: ancestors, entry: entry))
    visitsByAddress[address] = index
    guard let view else { return }
    if view.kind == .leaf { place(view.extents, of: index) }
    for (slot, entry) in view.entries.enumerated() where entry.slotState == .used {
      follow(Step(visit: index, slot: slot, entry: entry), path, ancestors + [index])
    }
  }

  private mutating func place(_ extents: [Extent], of visit: Int) {
    for (slot, extent) in extents.enumerated() where extent.slotState == .used {
      guard model.isInRange(extent.data), model.isInFile(extent.data) else { continue }
      placedExtents.append(PlacedExtent(visit: visit, slot: slot, extent: extent))
    }
  }

  private mutating func follow(_ step: Step, _ path: NodePath, _ ancestors: [Int]) {
    let child = BlockRange(step.entry.child, Format.nodeBlocks)
    guard ancestors.count < Format.maximumLevels else {
      return steps.append((step, .tooDeep))
    }
    guard model.isInRange(child), model.isInFile(child) else {
      return steps.append((step, .unreadable))
    }
    if let earlier = visitsByAddress[step.entry.child] {
      let isCycle = ancestors.contains(earlier)
      return steps.append((step, isCycle ? .cycle(earlier) : .shared(earlier)))
    }
    steps.append((step, .read(visits.count)))
    enter(
      step.entry.child, path: path.child(step.slot), ancestors: ancestors, entry: step)
  }
}
