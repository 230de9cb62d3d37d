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
    root = add(
      Node(address: address, run: extents.makeRun(), count: 0, isLeaf: true, isFresh: false))
  }

  subscript(id: NodeID) -> Node {
    get { nodes[Int(id)] }
    set { nodes[Int(id)] = newValue }
  }

  /// Adds a node; nothing leads to it yet.
  func add(_ node: Node) -> NodeID {
    nodeCount += 1
    if let id = freeNodes.popLast() {
      self[id] = node
      return id
    }
    nodes.append(node)
    return NodeID(nodes.count - 1)
  }

  /// Removes a node to which nothing leads any more; its place goes back to `space`.
  func remove(_ id: NodeID, in space: inout some NodeSpace) {
    let node = self[id]
    space.releaseNode(at: node.address)
    if node.isLeaf { extents.release(node.run) } else { entries.release(node.run) }
    freeNodes.append(id)
    nodeCount -= 1
  }

  /// The extent in a slot of a leaf.
  func extent(_ leaf: Node, _ index: Int) -> ExtentSlot { extents[leaf.run, index] }
  /// The entry in a slot of an internal node.
  func entry(_ node: Node, _ index: Int) -> EntrySlot { entries[node.run, index] }

  /// How many extents there are.
  var extentCount: Int { recency.count }
  /// Where the root stands in the file.
  var rootAddress: BlockAddress { self[root].address }
}

/// An extent, as a tree in memory keeps it.
struct ExtentSlot: BitwiseCopyable {
  /// The first disk block that it holds.
  var offset: UInt64
  /// The first file block, and above its 56 bits the reserved byte.
  private var stored: UInt64
  /// How many blocks.
  var count: UInt32
  /// Its number in the list.
  var id: LRUList.ID

  init(offset: BlockOffset, data: BlockRange, reserved: UInt8 = 0, id: LRUList.ID = .max) {
    self.offset = offset.rawValue
    stored = data.first.rawValue | UInt64(reserved) << 56
    count = UInt32(data.count.rawValue)
    self.id = id
  }

  var address: UInt64 { stored & (1 << 56 - 1) }
  /// The byte that no version of the format has given a meaning; it is kept.
  var reserved: UInt8 { UInt8(stored >> 56) }
  /// The disk block after the last.
  var end: UInt64 { offset + UInt64(count) }
  /// Where the data lies in the file.
  var data: BlockRange { BlockRange(BlockAddress(address), BlockCount(UInt64(count))) }

  /// The part from disk block `start` to before `end`.
  func part(from start: UInt64, to end: UInt64) -> ExtentSlot {
    var part = self
    part.offset = start
    part.stored += start - offset
    part.count = UInt32(end - start)
    return part
  }

  /// Whether `next` follows, in the disk and in the file, and both have nothing but zero to keep.
  func isFollowed(by next: ExtentSlot) -> Bool {
    end == next.offset && address + UInt64(count) == next.address && reserved == 0
      && next.reserved == 0
  }
}

/// An entry of an internal node, as a tree in memory keeps it.
struct EntrySlot: BitwiseCopyable {
  /// The first disk block that the child covers.
  var offset: UInt64
  /// How many it covers.
  var count: UInt32
  /// The child.
  var child: ExtentTree.NodeID

  init(_ cover: Cover, child: ExtentTree.NodeID) {
    offset = cover.start
    count = UInt32(cover.end - cover.start)
    self.child = child
  }

  /// The disk block after the last that it covers.
  var end: UInt64 { offset + UInt64(count) }
  var cover: Cover { Cover(start: offset, end: end) }
}

/// The disk blocks from one to before another.
struct Cover: Hashable {
  var start: UInt64
  var end: UInt64

  /// How many there are.
  var count: UInt64 { end - start }

  /// The blocks from the first of either to the last of either.
  func union(_ other: Cover) -> Cover {
    Cover(start: min(start, other.start), end: max(end, other.end))
  }
}
