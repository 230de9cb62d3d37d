internal import VCIFormat

/// The tree of an image that is open for writing: all of it in memory, a node here for each node of the
/// file.
///
/// It reads and writes nothing. A node is *fresh* where it was placed since the last flush: the tree
/// that is in the file does not name it, so it may change. What is not fresh is copied to a new place
/// before its first change, and so is all above it, up to the root.
///
/// It takes 24 bytes for each extent, 16 for each entry, 16 for each node and 16 for each extent's
/// place in the list; slots have up to a quarter to spare.
final class ExtentTree {
  /// The number of a node, as long as it lives.
  typealias NodeID = UInt32

  /// A node.
  struct Node {
    /// Where it stands in the file.
    var address: BlockAddress
    /// Its slots: entries or extents.
    var run: SlotRun
    /// How many of them are used.
    var count: UInt8
    let isLeaf: Bool
    /// Whether the tree that is in the file does not name it.
    var isFresh: Bool
  }

  /// What nodes may hold.
  let limits: TreeLimits
  /// The extents by their use.
  var recency = LRUList()
  /// The root.
  var root: NodeID
  /// The levels, the root's included.
  var levels: Int
  /// Nodes that were split, by count or by span.
  var splits: UInt64 = 0
  /// Nodes that were merged with a sibling.
  var merges: UInt64 = 0
  /// How many nodes there are.
  private(set) var nodeCount = 0
  private var nodes = PagedArray<Node>()
  private var freeNodes: [NodeID] = []
  let extents: SlotPool<ExtentSlot>
  let entries: SlotPool<EntrySlot>
  /// The steps of the last search.
  var trail: [Step] = []

  /// Makes a tree without nodes; its root must be added and named before anything else is asked of it.
  init(limits: TreeLimits) {
    self.limits = limits
    root = 0
    levels = 1
    // A node that is about to be split holds more than it may.
    extents = SlotPool(limit: limits.extentsPerLeaf + 2)
    entries = SlotPool(limit: limits.entriesPerNode + 1)
    precondition(
      limits.extentsPerLeaf >= 2 && limits.entriesPerNode >= 2 && limits.entriesPerNode < 255,
      "nodes of \(limits.extentsPerLeaf) extents and of \(limits.entriesPerNode) entries")
  }

  /// Makes a tree that is an empty leaf at `address`, which is in the file.
  convenience init(emptyRootAt address: BlockAddress, limits: TreeLimits = .format) {
    self.init(limits: limits)
    root = add([] as [ExtentSlot], at: address, isFresh: false)
  }

  subscript(id: NodeID) -> Node {
    get { nodes[Int(id)] }
    set { nodes[Int(id)] = newValue }
  }

  /// Adds a node of these slots at `address`; nothing leads to it yet.
  func add<Slot: TreeSlot>(
    _ slots: some Collection<Slot>, at address: BlockAddress, isFresh: Bool
  ) -> NodeID {
    nodeCount += 1
    var run = Slot.pool(of: self).makeRun()
    Slot.pool(of: self).store(slots, in: &run)
    let node = Node(
      address: address, run: run, count: UInt8(slots.count), isLeaf: Slot.isOfLeaf,
      isFresh: isFresh)
    if let id = freeNodes.popLast() {
      self[id] = node
      return id
    }
    nodes.append(node)
    return NodeID(nodes.count - 1)
  }

  /// Removes a node to which nothing leads any more; its place goes back to `space`.
  func remove(_ id: NodeID, in space: inout some NodeSpace) {
    space.releaseNode(at: self[id].address)
    releaseSlots(of: self[id])
    freeNodes.append(id)
    nodeCount -= 1
  }

  /// Gives back the slots of a node that is no longer in use.
  func releaseSlots(of node: Node) {
    if node.isLeaf { extents.release(node.run) } else { entries.release(node.run) }
  }

  /// The extent in a slot of a leaf.
  func extent(_ leaf: Node, _ index: Int) -> ExtentSlot { extents[leaf.run, index] }
  /// The entry in a slot of an internal node.
  func entry(_ node: Node, _ index: Int) -> EntrySlot { entries[node.run, index] }
  /// All extents of a leaf.
  func extents(of id: NodeID) -> [ExtentSlot] {
    extents.slots(of: self[id].run, count: Int(self[id].count))
  }
  /// All entries of an internal node.
  func entries(of id: NodeID) -> [EntrySlot] {
    entries.slots(of: self[id].run, count: Int(self[id].count))
  }
  /// What a slot of a node holds or covers.
  func cover(_ node: Node, _ index: Int) -> Cover {
    node.isLeaf ? extent(node, index).cover : entry(node, index).cover
  }
  /// How many slots a node may use.
  func limit(of node: Node) -> Int { node.isLeaf ? limits.extentsPerLeaf : limits.entriesPerNode }

  /// How many extents there are.
  var extentCount: Int { recency.count }
  /// Where the root stands in the file.
  var rootAddress: BlockAddress { self[root].address }
}
