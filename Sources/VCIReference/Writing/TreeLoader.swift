internal import VCIFormat

/// Reads the whole tree of an image, and requires all rules that a writer must check (VCI-RD-003).
struct TreeLoader {
  /// The tree, after `load()`.
  let tree = ExtentTree(limits: .format)
  /// The blocks of tree, header and map, after `load()`; those of data too, after `claimData()`.
  private(set) var allocator: BlockAllocator
  /// The list as the file has it.
  private var links = StoredList()
  private let stored: StoredTree
  private let header: Header
  private var frames: [Frame] = []
  private var firstLeafLevel: Int?

  /// A node whose children are read one by one.
  private struct Frame {
    let id: ExtentTree.NodeID
    let entries: [StoredTree.KeptEntry]
    var next = 0
    let step: StoredTree.Step
  }

  init(_ stored: StoredTree, _ header: Header) {
    self.stored = stored
    self.header = header
    allocator = BlockAllocator(blocks: header.blocks)
  }

  /// Reads every node.
  ///
  /// - Throws: `ImageError.violation` of a rule of class corruption, except VCI-MAP-008,
  ///   VCI-NODE-003 and VCI-EXT-004, since the bits are made anew; `.fileShrank`, `.storage`.
  mutating func load() throws(ImageError) {
    claim(BlockRange(0, Format.headerBlocks))
    claim(header.map)
    claim(header.root)
    try stored.read(nodeAt: header.treeRoot)
    tree.root = try take(stored.decode(header.treeRoot, .root))
    while var frame = frames.popLast() {
      guard frame.next < frame.entries.count else { continue }
      let index = frame.next
      frame.next += 1
      frames.append(frame)
      let child = try read(frame.entries[index], in: frame.step)
      tree.setChild(child, ofEntry: index, in: frame.id)
    }
  }

  /// Gives the extents the order of the stored list, which is dropped. Returns whether its links
  /// form a list, or there are none.
  mutating func takeList() -> Bool {
    defer { links = StoredList() }
    return links.order(&tree.recency)
  }

  private mutating func claim(_ range: BlockRange) {
    let isFree = allocator.claim(range, for: .metadata)
    // Header, map and root are apart, unless the fault of that rule is planted.
    assert(isFree, "blocks \(range) are claimed twice")
  }

  /// Reads the child of an entry of a node.
  private mutating func read(
    _ entry: StoredTree.KeptEntry, in step: StoredTree.Step
  ) throws(ImageError) -> ExtentTree.NodeID {
    if frames.count == Format.maximumLevels,
      let violation = stored.depthViolation(entry, in: step)
    {
      throw .violation(violation)
    }
    let child = ChildEntry(entry, in: step)
    try child.requireInRange(cacheEnd: stored.cacheEnd, fileEnd: stored.fileEnd)
    try child.requireNoCycle(frames.map(\.step))
    if !allocator.claim(child.child, for: .metadata) { try refuseOverlap(of: child) }
    return try take(stored.read(child))
  }

  /// VCI-NODE-004, VCI-NODE-005: refuses a node that overlaps a node, the map or the header.
  private func refuseOverlap(of entry: ChildEntry) throws(ImageError) {
    let address = entry.child.first.rawValue
    if tree.hasNode(at: entry.child.first) {
      try refuse(
        .nodeNamedOnce, part: .shared, at: entry.place(.entryChild), expected: .not(address),
        actual: address, situation: .shared)
    } else {
      try refuse(
        .nodeApart, at: entry.place(.entryChild), expected: .not(address), actual: address)
    }
  }

  /// Adds a node that was read to the tree; the children of an internal one come next.
  private mutating func take(_ node: StoredNode) throws(ImageError) -> ExtentTree.NodeID {
    switch node.content {
    case .leaf(let used):
      try requireLevel(of: node)
      let place = Place.node(node.path, at: node.address)
      for used in used {
        try stored.requireServable(
          StoredTree.FoundExtent(extent: used.slot, slot: used.index, node: place))
      }
      // The list of a dirty image is not used.
      if !header.isDirty { for used in used { links.append(used.slot) } }
      return tree.adopt(used.map(\.slot), at: node.address)
    case .entries(let used):
      let id = tree.adopt(used.map(\.slot), at: node.address)
      let step = StoredTree.Step(
        node: StoredTree.KeptNode(
          address: node.address, type: .internal, count: UInt8(used.count), first: 0),
        path: node.path, next: 0, end: Format.diskEnd)
      let entries = used.map { StoredTree.KeptEntry($0.slot, slot: $0.index) }
      frames.append(Frame(id: id, entries: entries, step: step))
      return id
    }
  }

  /// VCI-NODE-011: a leaf is at the level of the first one.
  private mutating func requireLevel(of leaf: StoredNode) throws(ImageError) {
    let level = Int(leaf.path.depth) + 1
    let first = firstLeafLevel ?? level
    firstLeafLevel = first
    tree.levels = first
    try require(
      .leavesLevel, level == first,
      at: Place.node(leaf.path, at: leaf.address).field(.nodeType),
      expected: .exactly(UInt64(first)), actual: UInt64(level))
  }

  /// Claims the data of all extents, after `load()`.
  ///
  /// It sorts all claims by address, because claims in the order of the tree would cut the free
  /// runs at random.
  ///
  /// - Throws: `ImageError.violation` of VCI-EXT-005 and VCI-EXT-006.
  mutating func claimData() throws(ImageError) {
    if let sorted = BlockAllocator(blocks: header.blocks, allocated: sortedClaims()) {
      allocator = sorted
      return
    }
    try tree.walkExtents { extent throws(ImageError) in
      if !allocator.claim(extent.data, for: .data) { try refuseOverlap(of: extent) }
    }
  }

  /// The claims of header, map, nodes and extents, sorted by address.
  private func sortedClaims() -> some Sequence<(range: BlockRange, use: SpaceUse)> {
    var claims: [Claim] = []
    claims.reserveCapacity(tree.extentCount + tree.nodeCount + 2)
    claims.append(Claim(0, Format.headerBlocks, .metadata))
    claims.append(Claim(header.map.first, header.map.count, .metadata))
    tree.walk(entering: { _ in true }) { id in
      claims.append(Claim(tree[id].address, Format.nodeBlocks, .metadata))
    }
    tree.walkExtents { claims.append(Claim($0.data.first, $0.data.count, .data)) }
    claims.sort { $0.first < $1.first }
    return claims.lazy.map { ($0.range, $0.use) }
  }

  /// A run of blocks and its use, in 16 bytes.
  private struct Claim: BitwiseCopyable {
    let first: UInt64
    private let count: UInt32
    private let isMetadata: Bool

    init(_ first: BlockAddress, _ count: BlockCount, _ use: SpaceUse) {
      self.first = first.rawValue
      self.count = UInt32(count.rawValue)
      isMetadata = use == .metadata
    }

    var range: BlockRange { BlockRange(BlockAddress(first), BlockCount(UInt64(count))) }
    var use: SpaceUse { isMetadata ? .metadata : .data }
  }

  /// VCI-EXT-005, VCI-EXT-006: refuses an extent whose data overlaps metadata or other data.
  private func refuseOverlap(of extent: ExtentSlot) throws(ImageError) {
    let data = extent.data
    let isMetadata =
      data.overlaps(BlockRange(0, Format.headerBlocks)) || data.overlaps(header.map)
      || tree.hasNode(meeting: data)
    guard tree.find(from: extent.offset), let last = tree.trail.last else { return }
    let path = tree.trail.dropLast().reduce(NodePath.root) { $0.child($1.index) }
    let place = Place.node(path, at: tree[last.node].address).slot(last.index, .extentAddress)
    let address = data.first.rawValue
    if isMetadata {
      try refuse(
        .extentApartFromMetadata, at: place, expected: .not(address), actual: address)
    } else {
      try refuse(.extentApartFromData, at: place, expected: .not(address), actual: address)
    }
  }
}

extension ExtentTree {
  /// Adds the leaf that the file has at `address`; its extents become the last of the list.
  fileprivate func adopt(_ slots: [Extent], at address: BlockAddress) -> NodeID {
    let slots = slots.map {
      ExtentSlot(
        offset: $0.offset, data: $0.data, reserved: $0.reserved, id: recency.addLast($0.offset))
    }
    return add(slots, at: address, isFresh: false)
  }

  /// Adds the internal node that the file has at `address`, whose entries have no children yet.
  fileprivate func adopt(_ slots: [InternalEntry], at address: BlockAddress) -> NodeID {
    let slots = slots.map {
      let start = $0.offset.rawValue
      return EntrySlot(Cover(start: start, end: start + $0.blocks.rawValue), child: .max)
    }
    return add(slots, at: address, isFresh: false)
  }

  fileprivate func setChild(_ child: NodeID, ofEntry index: Int, in id: NodeID) {
    entries[self[id].run, index].child = child
  }

  /// Whether a node is at `address`.
  ///
  /// - Precondition: no node was removed.
  fileprivate func hasNode(at address: BlockAddress) -> Bool {
    (0..<NodeID(nodeCount)).contains { self[$0].address == address }
  }

  /// Whether a node has a block of `range`.
  ///
  /// - Precondition: no node was removed.
  fileprivate func hasNode(meeting range: BlockRange) -> Bool {
    (0..<NodeID(nodeCount)).contains {
      BlockRange(self[$0].address, Format.nodeBlocks).overlaps(range)
    }
  }
}
