internal import VCIFormat

/// The tree and the free blocks of an image that is open for writing, and the order of writes to
/// its file.
///
/// Data and nodes are written to blocks that the durable tree does not name (copy on write). A
/// flush writes the changed nodes, makes them durable, then writes the header's first sector with
/// the new root; only after that the blocks of the old tree are free. The flag is durable before
/// the first change (VCI-WR-002).
///
/// *The reserve.* A free run of `n` blocks has room for `n / 8` nodes. A tree of `L` levels keeps
/// `rooms + old >= L`, where `old` counts the nodes that the next flush frees. So a flush always
/// leaves room for the copies of one path, which is all that removing an extent takes; the flush
/// after it frees as many nodes. A write is done only if the relation holds after it.
///
/// *The disk's room.* As many of these rooms as the relation needs are on the disk that has the
/// file: places of nodes, and the blocks of the map that have their bits, are allocated before a
/// change of the tree takes them, and data is written before. Blocks that the disk refuses are
/// withheld, as if the cache did not have them. So neither a flush nor a close ever needs room that
/// the disk has not given.
final class ImageWriter {
  let storage: any Storage
  private(set) var tree: ExtentTree
  var space: BlockSpace
  /// The header, as the file has it.
  private(set) var header: Header
  /// The header's first sector, as the file has it.
  private var sector: [UInt8]
  /// Whether bits, counters or list of the image did not agree with its tree.
  private(set) var mustMend: Bool
  /// The end of the file, in bytes.
  var byteCount: UInt64
  var counts = Activity()
  var room: DiskRoom
  /// Blocks that are not served although the tree has them.
  var forgotten = ForgottenBlocks()
  /// Whether a change was begun.
  private(set) var hasBegun = false
  /// Whether the file may have what its last writer wrote and did not flush.
  private var inherits: Bool
  /// The error after which nothing may change, because what is durable is unknown.
  private var failure: ImageError?
  #if VCI_FAULTS
    /// How long the file was at the last flush.
    var flushedByteCount: UInt64?
  #endif
  /// The bytes of the node that is written.
  private var bytes = [UInt8](repeating: 0, count: Format.nodeSize)

  /// Opens the image in `storage` for writing; nothing is written yet.
  ///
  /// - Throws: `ImageError.violation` for all rules of class corruption except VCI-MAP-008,
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
    inherits = opened.header.isDirty
    try storage.readWhole(&sector, at: 0)
    try requireRoom()
  }

  /// Requires room for the reserve, and for a block of data beside it.
  ///
  /// - Throws: `ImageError.noRoomToWrite`.
  private func requireRoom() throws(ImageError) {
    let others = header.blocks.rawValue - space.allocator.metadata.rawValue
    let rooms = min(space.rooms, (max(others, 1) - 1) / Format.nodeBlocks.rawValue)
    guard rooms >= UInt64(tree.levels) else {
      throw .noRoomToWrite(rooms: rooms, needed: UInt64(tree.levels))
    }
  }

  /// Makes the flag durable before the first change, and what the file had before.
  ///
  /// - Throws: `ImageError.storage` of this call, or of an earlier one after which nothing may
  ///   change.
  func begin() throws(ImageError) {
    if let failure { throw failure }
    hasBegun = true
    try keepInherited()
    guard !header.isDirty, !Faults.setsFlagLate else { return }
    try changeHeader { $0.uncleanShutdown = 1 }
  }

  /// Makes durable what a writer that was ended without a close left in the memory of the system:
  /// otherwise a crash could bring back an older tree, whose blocks are free by this one.
  private func keepInherited() throws(ImageError) {
    guard inherits else { return }
    try synchronize()
    inherits = false
  }

  /// Returns once the tree in memory, without what is forgotten, and the data of its extents are
  /// durable. `losing` is called if what is forgotten cannot be removed alone.
  func flush(losing: (Loss) -> Void) throws(ImageError) {
    if let failure { throw failure }
    try removeForgotten(losing)
    try publish()
  }

  /// Returns once the tree in memory and the data of its extents are durable.
  func publish() throws(ImageError) {
    if let failure { throw failure }
    // Every change copies the root.
    guard tree.rootAddress != header.treeRoot else { return try keepInherited() }
    if Faults.publishesFirst { try changeHeader { $0.treeRoot = tree.rootAddress } }
    try writeFreshNodes()
    if !Faults.skipsFlush { try synchronize() }
    try changeHeader { $0.treeRoot = tree.rootAddress }
    if Faults.setsFlagLate { try changeHeader { $0.uncleanShutdown = 1 } }
    settle()
  }

  /// Notes that the tree in memory is durable.
  private func settle() {
    space.settle()
    tree.markDurable()
    counts.flushes += 1
    assertInvariants()
  }

  /// Writes list, bits and counters, then clears the flag. If nothing was changed, nothing is
  /// written unless the image needs mending and `mending` is true.
  func finish(mending: Bool, losing: (Loss) -> Void) throws(ImageError) {
    guard hasBegun || mending && (header.isDirty || mustMend) else { return }
    let isRecovery = !hasBegun && header.isDirty
    try begin()
    try flush(losing: losing)
    if Faults.clearsFlagFirst { try changeHeader { $0.uncleanShutdown = 0 } }
    try writeLists()
    if !(isRecovery && Faults.trustsBitmap) { try writeMap() }
    try cutPartialBlock()
    try synchronize()
    guard !Faults.keepsFlag else { return }
    try changeHeader { $0.uncleanShutdown = 0 }
    mustMend = false
  }

  /// Replaces the tree by an empty root at the same address, which is durable.
  func restart() {
    let old = tree
    old.walk(entering: { _ in true }) { id in
      if id != old.root { space.releaseNode(at: old[id].address) }
    }
    old.walkExtents { space.releaseData($0.data) }
    tree = ExtentTree(emptyRootAt: old.rootAddress, limits: old.limits)
    tree.splits = old.splits
    tree.merges = old.merges
    settle()
  }

  func setImageUUID(_ uuid: ImageUUID) throws(ImageError) {
    try begin()
    try changeHeader { $0.imageUUID = uuid }
  }

  func setModificationUUID(_ uuid: ImageUUID, losing: (Loss) -> Void) throws(ImageError) {
    try begin()
    try flush(losing: losing)
    try changeHeader { $0.modificationUUID = uuid }
  }

  /// Changes the header, and returns once its first sector is durable.
  private func changeHeader(_ change: (inout Header) -> Void) throws(ImageError) {
    var new = header
    change(&new)
    var bytes = sector
    bytes.withMutableBytes { new.encode(into: &$0) }
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

  /// Writes the changed nodes. Their places are on the disk; if it refuses one nevertheless, the
  /// node gets another place, and the nodes that lead to it are written again.
  private func writeFreshNodes() throws(ImageError) {
    var refused: (node: ExtentTree.NodeID, error: StorageError)?
    repeat {
      refused = nil
      try tree.walk(entering: \.isFresh) { id throws(ImageError) in
        guard refused == nil else { return }
        let error = try room.refusal { () throws(ImageError) in
          try write(id) { tree.encode(id, into: &$0) }
        }
        if let error { refused = (id, error) }
      }
      if let refused { try move(refused.node, refused.error) }
    } while refused != nil
  }

  /// Writes the links of the list into the leaves, in place. Only links change, so any mix of old
  /// and new sectors has the same extents.
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
      // The leaf of another program may end in a hole, for which there is no room.
      if error != nil { try rewrite(bytes, at: tree[id].address.bytes) }
    }
  }

  private func write(
    _ id: ExtentTree.NodeID, _ encode: (inout MutableRawSpan) -> Void
  ) throws(ImageError) {
    for index in bytes.indices { bytes[index] = 0 }
    bytes.withMutableBytes(encode)
    try write(bytes, at: tree[id].address.bytes)
  }

  private func writeMap() throws(ImageError) {
    let allocator = space.whole
    try asImageError(try allocator.save(to: storage, map: header.map))
    try asImageError(try allocator.saveCounters(to: storage, map: header.map))
  }

  func write(_ bytes: [UInt8], at offset: UInt64) throws(ImageError) {
    try unsafe write(bytes.span.bytes, at: offset)
  }

  func write(_ bytes: RawSpan, at offset: UInt64) throws(ImageError) {
    try asImageError(try storage.write(bytes, at: offset))
    byteCount = max(byteCount, offset + UInt64(bytes.byteCount))
  }

  /// Returns once what was written is durable. If that fails, nothing may change any more: a second
  /// call could succeed although the system has dropped what was written.
  func synchronize() throws(ImageError) {
    if Faults.trustsLength(of: self) { return }
    do throws(StorageError) {
      try storage.synchronize()
    } catch {
      failure = .storage(error)
      throw .storage(error)
    }
  }
}

extension ImageWriter {
  /// Information about the image as it is now.
  var information: CacheImage.Information {
    let root = tree[tree.root]
    var now = header
    now.treeRoot = root.address
    let node = StoredTree.KeptNode(
      address: root.address, type: root.isLeaf ? .leaf : .internal, count: root.count, first: 0)
    return CacheImage.Information(now, space.mapHeader, byteCount, node)
  }

  var activity: Activity {
    var activity = counts
    activity.splits = tree.splits
    activity.merges = tree.merges
    return activity
  }

  /// Checks the invariants of a small image in debug builds.
  func assertInvariants() {
    assert(tree.extentCount + tree.nodeCount >= 500 || Invariants.hold(checkInvariants))
  }

  /// Checks that space and tree are consistent.
  ///
  /// - Precondition: they are.
  func checkInvariants() {
    tree.checkInvariants()
    space.checkInvariants()
    let (rooms, old, levels) = (space.rooms, space.oldNodeCount, UInt64(tree.levels))
    // Withheld blocks may be missing in an image that was full when it was opened.
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
    tree.walkExtents { data += UInt64($0.count) }
    precondition(
      space.data.rawValue == data, "\(space.data) blocks of data, not \(data)")
  }
}

extension ExtentTree {
  /// The address of the data of each extent, by the extents' numbers.
  fileprivate func dataAddresses() -> [BlockAddress] {
    var addresses = [BlockAddress](repeating: 0, count: recency.numbers)
    walkExtents { addresses[Int($0.id)] = $0.data.first }
    return addresses
  }
}

extension BlockAllocator {
  /// Whether bits and counters of an image agree with this allocator.
  fileprivate func agrees(with image: OpenedImage) throws(ImageError) -> Bool {
    let counters = image.counters
    guard counters.free == free, counters.metadata == metadata, counters.data == data else {
      return false
    }
    return try asImageError(try agrees(with: image.tree.source, map: image.header.map))
  }
}
