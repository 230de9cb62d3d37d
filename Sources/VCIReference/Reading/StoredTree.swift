internal import VCIFormat

/// The tree of an image that is open for reading: each node is read and judged when a search first
/// comes to it, and is kept decoded from then on.
///
/// It takes 40 bytes for each extent that was read, 24 for each entry and 24 for each node, and
/// pages to spare. A node that is refused is not kept: it is read again by the next who comes.
final class StoredTree {
  /// What the image is read from.
  let source: any ByteSource
  /// The block after the cache's last one.
  let cacheEnd: BlockAddress
  /// The block after the file's last whole one.
  let fileEnd: BlockAddress
  private var nodes = PagedArray<KeptNode>()
  private var entries = PagedArray<KeptEntry>()
  private var extents = PagedArray<KeptExtent>()
  /// The bytes of the node that was read last.
  private var bytes = [UInt8](repeating: 0, count: Format.nodeSize)

  /// Reads and judges the root of an image whose file has `byteCount` bytes.
  ///
  /// - Throws: `ImageError.violation` for the rules of the root, `.fileShrank`, `.storage`.
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
  /// What is kept of a node.
  struct KeptNode {
    let address: BlockAddress
    let type: NodeType
    /// How many slots are used.
    let count: UInt8
    /// The index of its first slot, among the extents or among the entries.
    let first: Int
  }

  /// What is kept of an entry.
  struct KeptEntry {
    let offset: BlockOffset
    /// The child's address, or its index among the nodes once it is kept.
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

  /// What is kept of an extent.
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

  /// The child of the entry at `index`, which stands in the last node of `trail`; it is read and
  /// judged where it is not kept yet.
  ///
  /// - Throws: `ImageError.violation` for VCI-NODE-002, VCI-FILE-006, VCI-NODE-004 of a cycle, the
  ///   rules of the node, VCI-INT-003; `.fileShrank`, `.storage`.
  func child(_ index: Int, behind trail: [Step]) throws(ImageError) -> KeptNode {
    let entry = entries[index]
    if entry.isKept { return nodes[Int(entry.link)] }
    let place = ChildEntry(entry, in: trail[trail.count - 1])
    try place.judge(cacheEnd: cacheEnd, fileEnd: fileEnd)
    try place.judgeCycle(trail)
    if let end = Faults.endOfCycle(place, trail, in: self) { return end }
    let node = try read(place)
    entries[index].link = UInt64(nodes.count)
    entries[index].isKept = true
    return keep(node)
  }

  /// Reads and judges the child of an entry, which is in its place.
  ///
  /// - Throws: `ImageError.violation` for the rules of the node and VCI-INT-003; `.fileShrank`,
  ///   `.storage`.
  func read(_ place: ChildEntry) throws(ImageError) -> StoredNode {
    try read(nodeAt: place.child.first)
    let node = try decode(place.child.first, place.path)
    try place.judgeRange(of: node)
    return node
  }

  /// Decodes and judges the node that was read last, which stands at `address`.
  func decode(_ address: BlockAddress, _ path: NodePath) throws(ImageError) -> StoredNode {
    let held = bytes
    return try unsafe StoredNode(decoding: held.span.bytes, at: address, path)
  }

  /// Reads the node at `address`.
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
