internal import VCIFormat

/// What stands behind an image that is open for writing: the tree, the free blocks, and the order in
/// which the file learns of them.
///
/// Data and nodes go to blocks that the durable tree does not name. A flush writes the nodes that
/// changed, then, once they are durable, the header's first sector with the new root, and only then
/// are the blocks of the old tree free. The flag is durable before the first change (VCI-WR-002).
///
/// *The reserve.* Free runs of `n` blocks have room for `n / 8` nodes. A tree of `L` levels keeps
/// `rooms + old >= L`, where `old` counts the nodes that the next flush frees. So a flush always
/// leaves room for the copies of one path, which is all that removing an extent takes; what it
/// copies it frees again. A write is done only if the relation holds after it.
///
/// *The disk's room.* Of the rooms in the relation, as many as it needs are on the disk that has the
/// file: places of nodes, and the blocks of the map that have their bits, are allocated there before a
/// change of the tree takes them, data is written before. What the disk refuses is withheld, as if the
/// cache had no such blocks. So neither a flush nor a close ever needs room that the disk has not given.
final class ImageWriter {
  let storage: any Storage
  private(set) var tree: ExtentTree
  var space: BlockSpace
  /// The header, as the file has it.
  private(set) var header: Header
  /// Its first sector, as the file has it.
  private var sector: [UInt8]
  /// Whether bits, counters or list were found to be other than the tree says.
  private(set) var mustMend: Bool
  /// How far the file reaches, in bytes.
  var byteCount: UInt64
  var counts = Activity()
  /// What is known of the room that the disk has for the file.
  var room: DiskRoom
  /// Whether anything was about to be changed.
  private(set) var hasBegun = false
  /// What ended all changes: from then on nobody can tell what is durable.
  private var failure: ImageError?
  /// The bytes of a node that is written.
  private var bytes = [UInt8](repeating: 0, count: Format.nodeSize)

  /// Opens the image in `storage` for writing; nothing is written yet.
  ///
  /// - Throws: `ImageError.violation` for whatever is of class corruption but VCI-MAP-008,
  ///   VCI-NODE-003 and VCI-EXT-004; `.noRoomToWrite`, `.notUpToDate`, `.storage`.
  init(_ storage: any Storage, expecting modificationUUID: ImageUUID?) throws(ImageError) {
    let opened = try OpenedImage(storage, expecting: modificationUUID)
    var loader = TreeLoader(opened.tree, opened.header)
    try loader.load()
    let isList = opened.header.isDirty || loader.takeList()
    try loader.claimData()
    tree = loader.tree
    space = BlockSpace(loader.allocator)
    self.storage = storage
    header = opened.header
    room = DiskRoom(map: opened.header.map)
    byteCount = opened.byteCount
    sector = [UInt8](repeating: 0, count: Int(Format.blockSize))
    let hasMap = try loader.allocator.agrees(with: opened)
    mustMend = !isList || !hasMap
    try readWhole(&sector, from: storage, at: 0, needed: sector.count)
    try judgeRoom()
  }

  /// Judges that there is room for the reserve, and for a block of data beside it.
  ///
  /// - Throws: `ImageError.noRoomToWrite`.
  private func judgeRoom() throws(ImageError) {
    let others = header.blocks.rawValue - space.allocator.metadata.rawValue
    let rooms = min(space.rooms, (max(others, 1) - 1) / Format.nodeBlocks.rawValue)
    guard rooms >= UInt64(tree.levels) else {
      throw .noRoomToWrite(rooms: rooms, needed: UInt64(tree.levels))
    }
  }

  /// Makes the flag durable before the first change.
  ///
  /// - Throws: `ImageError.storage`, of this call or of the one after which nothing may change.
  func begin() throws(ImageError) {
    if let failure { throw failure }
    hasBegun = true
    guard !header.isDirty else { return }
    var marked = header
    marked.uncleanShutdown = 1
    try store(marked)
  }

  /// Returns once the tree that is in memory is durable, and what its extents hold.
  func flush() throws(ImageError) {
    if let failure { throw failure }
    // Each change copies the root.
    guard tree.rootAddress != header.treeRoot else { return }
    try writeFreshNodes()
    try synchronize()
    var renewed = header
    renewed.treeRoot = tree.rootAddress
    try store(renewed)
    settle()
  }

  /// Notes that the tree in memory is durable.
  private func settle() {
    space.settle()
    tree.markDurable()
    counts.flushes += 1
    assertInvariants()
  }

  /// Brings the file into the state of one that is closed: list, bits and counters are written, then the
  /// flag is cleared. Nothing is written where nothing has changed, and the image was found so or is not
  /// to be mended.
  func finish(mending: Bool) throws(ImageError) {
    guard hasBegun || mending && (header.isDirty || mustMend) else { return }
    try begin()
    try flush()
    try writeLists()
    try writeMap()
    try cutPartialBlock()
    try synchronize()
    guard !Faults.keepsFlag else { return }
    var closed = header
    closed.uncleanShutdown = 0
    try store(closed)
    mustMend = false
  }

  /// Begins anew with a tree that is an empty root where the root is, and is durable.
  func restart() {
    let old = tree
    old.walk(entering: { _ in true }) { id in
      let node = old[id]
      if id != old.root { space.releaseNode(at: node.address) }
      guard node.isLeaf else { return }
      for index in 0..<Int(node.count) { space.releaseData(old.extent(node, index).data) }
    }
    tree = ExtentTree(emptyRootAt: old.rootAddress, limits: old.limits)
    tree.splits = old.splits
    tree.merges = old.merges
    settle()
  }

  func setImageUUID(_ uuid: ImageUUID) throws(ImageError) {
    try begin()
    var renewed = header
    renewed.imageUUID = uuid
    try store(renewed)
  }

  func setModificationUUID(_ uuid: ImageUUID) throws(ImageError) {
    try begin()
    var renewed = header
    renewed.modificationUUID = uuid
    try store(renewed)
  }

  /// Writes the header's first sector, and returns once it is durable.
  private func store(_ new: Header) throws(ImageError) {
    var bytes = sector
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    new.encode(into: &buffer)
    do throws(ImageError) {
      try write(bytes, at: 0)
    } catch {
      failure = error
      throw error
    }
    try synchronize()
    sector = bytes
    header = new
  }

  /// Writes the nodes that changed. Their places are on the disk; where it refuses one nevertheless, the
  /// node gets another place, and what leads to it is written again.
  private func writeFreshNodes() throws(ImageError) {
    var refused: (node: ExtentTree.NodeID, error: StorageError)?
    repeat {
      refused = nil
      try tree.walkFresh { id throws(ImageError) in
        guard refused == nil else { return }
        let error = try room.refusal { () throws(ImageError) in
          try write(id) { tree.encode(id, into: &$0) }
        }
        if let error { refused = (id, error) }
      }
      if let refused { try move(refused.node, refused.error) }
    } while refused != nil
  }

  /// Writes the links of the list into the leaves, in place: only links change, so any mix of old and
  /// new sectors is the same tree.
  private func writeLists() throws(ImageError) {
    let addresses = tree.dataAddresses()
    try tree.walkLeaves { id throws(ImageError) in
      guard tree[id].count > 0 else { return }
      let error = try room.refusal { () throws(ImageError) in
        try write(id) { bytes in
          tree.encode(id, into: &bytes) { extent in
            (
              tree.recency.previous(of: extent).map { addresses[Int($0)] } ?? 0,
              tree.recency.next(of: extent).map { addresses[Int($0)] } ?? 0
            )
          }
        }
      }
      // A leaf that another program wrote may end in a hole, for which there is no room.
      if error != nil { try rewrite(bytes, at: tree[id].address.bytes) }
    }
  }

  /// Writes a node to its place.
  private func write(
    _ id: ExtentTree.NodeID, _ encode: (inout MutableRawSpan) -> Void
  ) throws(ImageError) {
    for index in bytes.indices { bytes[index] = 0 }
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    encode(&buffer)
    try write(bytes, at: tree[id].address.bytes)
  }

  private func writeMap() throws(ImageError) {
    let allocator = space.whole
    try asked { () throws(StorageError) in
      try allocator.save(to: storage, map: header.map)
      try allocator.saveCounters(to: storage, map: header.map)
    }
  }

  func write(_ bytes: [UInt8], at offset: UInt64) throws(ImageError) {
    try unsafe write(bytes.span.bytes, at: offset)
  }

  /// Writes bytes to the file.
  func write(_ bytes: RawSpan, at offset: UInt64) throws(ImageError) {
    try asked { () throws(StorageError) in try storage.write(bytes, at: offset) }
    byteCount = max(byteCount, offset + UInt64(bytes.byteCount))
  }

  /// Returns once what was written is durable. Where that fails it may never be: a second call could
  /// say yes to what the system has given up.
  func synchronize() throws(ImageError) {
    do throws(StorageError) {
      try storage.synchronize()
    } catch {
      failure = .storage(error)
      throw .storage(error)
    }
  }
}

extension ImageWriter {
  /// What the image says of itself, as it is now.
  var information: CacheImage.Information {
    let root = tree[tree.root]
    var now = header
    now.treeRoot = root.address
    let node = StoredTree.KeptNode(
      address: root.address, type: root.isLeaf ? .leaf : .internal, count: root.count, first: 0)
    return CacheImage.Information(now, space.mapHeader, byteCount, node)
  }

  /// What was done since the image was opened.
  var activity: Activity {
    var activity = counts
    activity.splits = tree.splits
    activity.merges = tree.merges
    return activity
  }

  /// Checks in a debug build that all is in order, where that is quick.
  func assertInvariants() {
    assert(
      {
        if tree.extentCount + tree.nodeCount < 500 { checkInvariants() }
        return true
      }())
  }

  /// Checks that space and tree agree with themselves and each other.
  ///
  /// - Precondition: they do.
  func checkInvariants() {
    tree.checkInvariants()
    space.checkInvariants()
    let (rooms, old, levels) = (space.rooms, space.oldNodeCount, UInt64(tree.levels))
    // What is withheld may be missing in an image that was full when it was opened.
    precondition(
      rooms + old >= levels || !space.withheld.isEmpty,
      "\(rooms) rooms and \(old) old nodes for a tree of \(levels) levels")
    let metadata =
      Format.headerBlocks.rawValue + header.blockMapBlocks.rawValue
      + (UInt64(tree.nodeCount) + old) * Format.nodeBlocks.rawValue
    precondition(
      space.allocator.metadata.rawValue == metadata,
      "\(space.allocator.metadata) blocks of metadata, not \(metadata)")
    var data = space.oldDataBlocks.rawValue
    tree.walkLeaves { id in
      let leaf = tree[id]
      for index in 0..<Int(leaf.count) { data += UInt64(tree.extent(leaf, index).count) }
    }
    precondition(
      space.data.rawValue == data, "\(space.data) blocks of data, not \(data)")
  }
}

extension ExtentTree {
  /// Where the data of each extent lies, by the extents' numbers.
  fileprivate func dataAddresses() -> [BlockAddress] {
    var addresses = [BlockAddress](repeating: 0, count: recency.numbers)
    walkLeaves { id in
      let leaf = self[id]
      for index in 0..<Int(leaf.count) {
        let extent = extent(leaf, index)
        addresses[Int(extent.id)] = extent.data.first
      }
    }
    return addresses
  }
}

extension BlockAllocator {
  /// Whether bits and counters are those of an image.
  fileprivate func agrees(with image: OpenedImage) throws(ImageError) -> Bool {
    let counters = image.counters
    guard counters.free == free, counters.metadata == metadata, counters.data == data else {
      return false
    }
    return try asked { () throws(StorageError) in
      try agrees(with: image.tree.source, map: image.header.map)
    }
  }
}
