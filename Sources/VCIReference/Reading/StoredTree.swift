internal import VCIFormat

/// The tree of an image that is open for reading. The first search that reaches a node reads it,
/// requires its rules, and keeps it decoded.
///
/// It takes 40 bytes for each extent that was read, 24 for each entry and 24 for each node. A node
/// that is refused is not kept: the next search reads it again.
final class StoredTree {
  let source: any ByteSource
  /// The block after the last of the cache.
  let cacheEnd: BlockAddress
  /// The block after the last whole one of the file.
  let fileEnd: BlockAddress
  private var nodes = PagedArray<KeptNode>()
  private var entries = PagedArray<KeptEntry>()
  private var extents = PagedArray<KeptExtent>()
  /// The bytes of the last node that was read.
  private var bytes = [UInt8](repeating: 0, count: Format.nodeSize)

  /// Reads the root of an image whose file has `byteCount` bytes.
  ///
  /// - Throws: `ImageError.violation` of the rules of the root, `.fileShrank`, `.storage`.
  init(
    _ source: any ByteSource, _ header: Header, byteCount: UInt64
  ) throws(ImageError) {
    self.source = source
    cacheEnd = BlockAddress(header.blocks.rawValue)
    fileEnd = BlockAddress(byteCount / Format.blockSize)
    let address = header.treeRoot
    try source.readWhole(&bytes, at: address.bytes)
    _ = keep(try decode(address, .root))
  }
}

extension StoredTree {
  struct KeptNode {
    let address: BlockAddress
    let type: NodeType
    let count: UInt8
    /// The index of its first slot among all extents or all entries.
    let first: Int
  }

  struct KeptEntry {
    let offset: BlockOffset
    /// The child's address, or its index among the nodes after it was read.
    fileprivate(set) var link: UInt64
    private let blockCount: UInt32
    let slot: UInt8
    fileprivate(set) var isKept = false

    init(_ entry: InternalEntry, slot: Int) {
      offset = entry.offset
      link = Faults.stored(entry.child).rawValue
      blockCount = UInt32(truncatingIfNeeded: entry.blocks.rawValue)
      self.slot = UInt8(slot)
    }

    var blocks: BlockCount { BlockCount(UInt64(blockCount)) }
  }

  struct KeptExtent {
    private let previous, next, address: BlockAddress
    let offset: BlockOffset
    private let blockCount: UInt32
    private let flags, reserved: UInt8
    let slot: UInt8

    fileprivate init(_ extent: Extent, slot: Int) {
      previous = extent.previous
      next = extent.next
      address = Faults.stored(extent.address)
      offset = extent.offset
      blockCount = UInt32(truncatingIfNeeded: extent.blocks.rawValue)
      flags = extent.flags
      reserved = extent.reserved
      self.slot = UInt8(slot)
    }

    var blocks: BlockCount { BlockCount(UInt64(blockCount)) }

    var extent: Extent {
      Extent(
        previous: previous, next: next, flags: flags, reserved: reserved, offset: offset,
        blocks: blocks, address: address)
    }
  }

  var root: KeptNode { nodes[0] }
  func entry(_ index: Int) -> KeptEntry { entries[index] }
  func extent(_ index: Int) -> KeptExtent { extents[index] }

  /// The child of the entry at `index` in the last node of `trail`, which is read unless it was
  /// before.
  ///
  /// - Throws: `ImageError.violation` of VCI-NODE-002, VCI-FILE-006, VCI-NODE-004 for a cycle, the
  ///   rules of the node, VCI-INT-003; `.fileShrank`, `.storage`.
  func child(_ index: Int, below trail: [Step]) throws(ImageError) -> KeptNode {
    let entry = entries[index]
    if entry.isKept { return nodes[Int(entry.link)] }
    let child = ChildEntry(entry, in: trail[trail.count - 1])
    try child.requireInRange(cacheEnd: cacheEnd, fileEnd: fileEnd)
    try child.requireNoCycle(trail)
    if let end = Faults.endOfCycle(child, trail, in: self) { return end }
    let node = try read(child)
    entries[index].link = UInt64(nodes.count)
    entries[index].isKept = true
    return keep(node)
  }

  /// Reads the child of an entry.
  ///
  /// - Throws: `ImageError.violation` of the rules of the node and VCI-INT-003; `.fileShrank`,
  ///   `.storage`.
  func read(_ entry: ChildEntry) throws(ImageError) -> StoredNode {
    try read(nodeAt: entry.child.first)
    let node = try decode(entry.child.first, entry.path)
    try entry.requireCovers(node)
    return node
  }

  /// Decodes the last node that was read, which is at `address`.
  func decode(_ address: BlockAddress, _ path: NodePath) throws(ImageError) -> StoredNode {
    let held = bytes
    return try unsafe StoredNode(decoding: held.span.bytes, at: address, path)
  }

  /// Reads the bytes of the node at `address`.
  func read(nodeAt address: BlockAddress) throws(ImageError) {
    do throws(ImageError) {
      try source.readWhole(&bytes, at: Faults.position(of: address))
    } catch {
      try Faults.nodeNotRead(error, &bytes)
    }
  }

  private func keep(_ node: StoredNode) -> KeptNode {
    let kept: KeptNode
    switch node.content {
    case .leaf(let used):
      kept = KeptNode(
        address: node.address, type: .leaf, count: UInt8(used.count), first: extents.count)
      for used in used { extents.append(KeptExtent(used.slot, slot: used.index)) }
    case .entries(let used):
      kept = KeptNode(
        address: node.address, type: .internal, count: UInt8(used.count), first: entries.count)
      for used in used { entries.append(KeptEntry(used.slot, slot: used.index)) }
    }
    nodes.append(kept)
    return kept
  }
}
