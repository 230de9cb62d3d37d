internal import VCIFormat

/// The tree of an image that is open for writing, whole in memory: a copy-on-write B+ tree with one
/// node for each node of the file.
///
/// It reads and writes nothing. A node is *fresh* if it was placed since the last flush: the tree
/// in the file does not name it, so it may change. A node that is not fresh is copied to a new
/// place before its first change, and so are all nodes above it.
///
/// It takes 24 bytes for each extent, 16 for each entry, 16 for each node, and 16 for each extent's
/// place in the list; up to a quarter of the slots is spare.
final class ExtentTree {
  /// The number of a node as long as it exists.
  typealias NodeID = UInt32

  struct Node {
    /// Its address in the file.
    var address: BlockAddress
    /// Its slots: entries or extents.
    var run: SlotRun
    /// How many slots are used.
    var count: UInt8
    let isLeaf: Bool
    /// Whether the tree in the file does not name it.
    var isFresh: Bool
  }

  let limits: TreeLimits
  /// The extents in the order of their use.
  var recency = LRUList()
  var root: NodeID
  /// How many levels there are, the root's included.
  var levels: Int
  /// How many nodes were split.
  var splits: UInt64 = 0
  /// How many nodes were merged with a sibling.
  var merges: UInt64 = 0
  private(set) var nodeCount = 0
  private var nodes = PagedArray<Node>()
  private var freeNodes: [NodeID] = []
  let extents: SlotPool<ExtentSlot>
  let entries: SlotPool<EntrySlot>
  /// The steps of the last search.
  var trail: [Step] = []

  /// Makes a tree without nodes; its root must be added before anything else.
  init(limits: TreeLimits) {
    self.limits = limits
    root = 0
    levels = 1
    // A node has more slots than it may right before it is split.
    extents = SlotPool(limit: limits.extentsPerLeaf + 2)
    entries = SlotPool(limit: limits.entriesPerNode + 1)
    precondition(
      limits.extentsPerLeaf >= 2 && limits.entriesPerNode >= 2 && limits.entriesPerNode < 255,
      "nodes of \(limits.extentsPerLeaf) extents and of \(limits.entriesPerNode) entries")
  }

  /// Makes a tree that is an empty leaf at `address`, as in the file.
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

  /// Removes a node to which nothing leads any more, and releases its place.
  func remove(_ id: NodeID, in space: inout some NodeSpace) {
    space.releaseNode(at: self[id].address)
    releaseSlots(of: self[id])
    freeNodes.append(id)
    nodeCount -= 1
  }

  /// Releases the slots of a node that is no longer in use.
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

  var extentCount: Int { recency.count }
  /// The address of the root in the file.
  var rootAddress: BlockAddress { self[root].address }
}
