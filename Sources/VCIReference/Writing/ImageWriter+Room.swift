internal import VCIFormat

extension ImageWriter {
  /// A block for which the disk has no room.
  private struct Refusal {
    let block: BlockAddress
    /// Whether there is no room for its bit.
    var isOfMap = false
    let error: StorageError
  }

  /// Releases after some writes the blocks that are withheld, so that the disk is asked again.
  func askAgain() {
    guard !space.withheld.isEmpty else { return }
    room.patience -= 1
    if room.patience <= 0 { releaseWithheld() }
  }

  /// Releases the blocks that are withheld, so that the disk is asked again.
  func releaseWithheld() {
    room.stride = Format.nodeBlocks.rawValue
    if !space.withheld.isEmpty { space.releaseWithheld() }
  }

  /// Writes data into free blocks. Returns `false` if the disk refuses some of them, which are
  /// withheld.
  func hasStored(_ bytes: RawSpan, in data: BlockRange) throws(ImageError) -> Bool {
    try begin()
    var refused = try refusalByMap(of: data)
    if refused == nil { refused = try refusal(of: bytes, in: data) }
    guard let refused else {
      try Faults.dataWritten(bytes, to: data, by: self)
      return true
    }
    try withhold(refused)
    return false
  }

  /// Readies the places of the nodes that a change of the tree takes, and ensures that the disk has
  /// room for the reserve after it. Returns `false` if the disk refuses: then nothing is ready, and
  /// the refused blocks are withheld.
  func hasRoom(
    for cost: ExtentTree.Cost, andReserve needsReserve: Bool
  ) throws(ImageError) -> Bool {
    let kept = cost.levels - Int(space.oldNodeCount) - cost.copies
    let count = cost.nodes + (needsReserve ? max(0, kept) : 0)
    do throws(ImageError) {
      while space.ready.count < count {
        guard try readyNode() != nil else {
          space.unready(keeping: 0)
          return false
        }
      }
    } catch {
      space.unready(keeping: 0)
      throw error
    }
    space.unready(keeping: cost.nodes)
    return true
  }

  /// Readies a place for a node for which the disk has room; `nil` if there is none.
  private func readyNode() throws(ImageError) -> BlockRange? {
    while let place = space.readyNode() {
      guard let refused = try refusal(of: place) else { return place }
      space.unready(keeping: space.ready.count - 1)
      try withhold(refused)
    }
    return nil
  }

  /// Gives another place to a node that the disk refused; nothing in the file leads to either
  /// place.
  func move(_ id: ExtentTree.NodeID, _ error: StorageError) throws(ImageError) {
    let old = tree[id].address
    guard try readyNode() != nil else { throw .storage(error) }
    tree[id].address = space.placeNode()
    space.releaseNode(at: old)
    room.allocated.cut(BlockRange(old, Format.nodeBlocks))
    try withhold(Refusal(block: old, error: error))
  }

  /// Cuts off a partial block that a write to a full disk may have left at the end of the file.
  func cutPartialBlock() throws(ImageError) {
    guard room.lastRefusal != nil else { return }
    let size = try asImageError(try storage.byteCount())
    let rest = size % Format.blockSize
    if rest != 0 { try asImageError(try storage.resize(to: size - rest)) }
  }

  /// The refusal of the first block of a node's place that the disk refuses.
  private func refusal(of place: BlockRange) throws(ImageError) -> Refusal? {
    try begin()
    if let refused = try refusalByMap(of: place) { return refused }
    guard !room.allocated.holds(place) else { return nil }
    if let more = withBlocksAhead(of: place), try refusalToAllocate(more) == nil {
      room.allocated.add(more)
      return nil
    }
    if try refusalToAllocate(place) != nil {
      for step in 0..<place.count.rawValue {
        let block = BlockRange(place.first + BlockCount(step), 1)
        guard let error = try refusalToAllocate(block) else { continue }
        return Refusal(block: block.first, error: error)
      }
    }
    room.allocated.add(place)
    return nil
  }

  /// A node's place and free blocks after it, as many as a 64th of the file and up to 64 KiB in
  /// all; `nil` if the disk was short of room, the file is small, or nothing is free there.
  ///
  /// The places of the reserve move on as data takes their blocks, by a block or two with each
  /// write. With more than they need the disk is asked for room once in a hundred writes.
  private func withBlocksAhead(of place: BlockRange) -> BlockRange? {
    let count = BlockCount(min(128, byteCount / Format.blockSize / 64))
    guard room.lastRefusal == nil, count > place.count, let end = place.end,
      let free = space.allocator.freeRun(containing: end), let freeEnd = free.end
    else { return nil }
    return RunSet.run(from: place.first, to: min(freeEnd, place.first + count))
  }

  /// The refusal of the first block of `data` for whose bit the disk has no room.
  private func refusalByMap(of data: BlockRange) throws(ImageError) -> Refusal? {
    let first = data.first.rawValue / Format.bitsPerMapBlock
    let last = (data.first.rawValue + data.count.rawValue - 1) / Format.bitsPerMapBlock
    for number in first...last where !room.mapBlocks.holds(BlockRange(BlockAddress(number), 1)) {
      let place = BlockRange(room.bitmap + BlockCount(number), 1)
      if let error = try refusalToAllocate(place) {
        let block = max(data.first, BlockAddress(number * Format.bitsPerMapBlock))
        return Refusal(block: block, isOfMap: true, error: error)
      }
      room.mapBlocks.add(BlockRange(BlockAddress(number), 1))
    }
    return nil
  }

  /// Writes data. Returns the refusal of the first block that the disk refuses; the blocks before
  /// it are written.
  private func refusal(
    of bytes: RawSpan, in data: BlockRange
  ) throws(ImageError) -> Refusal? {
    guard var error = try refusalToWrite(bytes, from: 0, to: data.count.rawValue, of: data) else {
      return nil
    }
    var (stored, refused) = (0 as UInt64, data.count.rawValue)
    while refused - stored > 1 {
      let middle = (stored + refused) / 2
      if let again = try refusalToWrite(bytes, from: stored, to: middle, of: data) {
        (refused, error) = (middle, again)
      } else {
        stored = middle
      }
    }
    return Refusal(block: data.first + BlockCount(stored), error: error)
  }

  private func refusalToWrite(
    _ bytes: RawSpan, from start: UInt64, to end: UInt64, of data: BlockRange
  ) throws(ImageError) -> StorageError? {
    let part = bytes.extracting(
      Int(start * Format.blockSize)..<Int(end * Format.blockSize))
    return try room.refusal { () throws(ImageError) in
      try write(part, at: data.first.bytes + start * Format.blockSize)
    }
  }

  private func refusalToAllocate(_ blocks: BlockRange) throws(ImageError) -> StorageError? {
    let error = try room.refusal { () throws(ImageError) in
      try asImageError(try storage.allocate(blocks.count.bytes, at: blocks.first.bytes))
    }
    if error == nil { byteCount = max(byteCount, blocks.first.bytes + blocks.count.bytes) }
    return error
  }

  /// Withholds the free blocks from a refused one to the end of the hole in the file.
  private func withhold(_ refused: Refusal) throws(ImageError) {
    if room.lastRefusal == nil || space.withheld.isEmpty { room.patience = Self.patience }
    room.lastRefusal = refused.error
    guard let run = space.allocator.freeRun(containing: refused.block), let runEnd = run.end
    else { return }
    let end = try refused.isOfMap ? endOfMapHole(at: refused.block) : endOfHole(at: refused.block)
    if let range = RunSet.run(from: refused.block, to: min(end, runEnd)) { space.withhold(range) }
  }

  /// After so many writes a disk is asked again.
  private static var patience: Int { 64 }

  /// The first block after `block` that may be on the disk.
  private func endOfHole(at block: BlockAddress) throws(ImageError) -> BlockAddress {
    var end = BlockAddress(.max)
    let data = try asImageError(try storage.nextData(from: block.bytes))
    if let data {
      end = BlockAddress(data / Format.blockSize)
      if end <= block {
        end = block + BlockCount(room.stride)
        room.stride = min(room.stride * 2, 1 << 32)
      }
    }
    // Blocks that were allocated but not written look like a hole.
    if let ahead = room.allocated.firstRun(from: block), ahead.first > block {
      end = min(end, ahead.first)
    }
    return end
  }

  /// The first block after `block` whose bit may be on the disk.
  private func endOfMapHole(at block: BlockAddress) throws(ImageError) -> BlockAddress {
    let number = block.rawValue / Format.bitsPerMapBlock
    let place = (room.bitmap + BlockCount(number)).bytes
    let data = try asImageError(try storage.nextData(from: place))
    var next = data.map { $0 / Format.blockSize - room.bitmap.rawValue } ?? .max
    if let known = room.mapBlocks.firstRun(from: BlockAddress(number)) {
      next = min(next, known.first.rawValue)
    }
    next = max(next, number + 1)
    let (end, overflow) = next.multipliedReportingOverflow(by: Format.bitsPerMapBlock)
    return BlockAddress(overflow ? .max : end)
  }
}

extension ImageWriter {
  /// Empties the cache in place, because the disk has no room to copy a single path: stale blocks
  /// must not be served, and cannot be removed alone. `losing` is called for everything cached
  /// outside `blocks`.
  ///
  /// The root becomes an empty leaf at its own address. Until that is durable its type is invalid,
  /// so that a crash leaves an image that is refused, never one that serves stale blocks. Only
  /// blocks with data are overwritten, so no room is needed.
  ///
  /// - Precondition: the tree in memory is durable.
  func giveUp(but blocks: Cover, _ losing: (Loss) -> Void) throws(ImageError) {
    precondition(!space.waits, "some blocks wait for a flush")
    let root = tree.rootAddress.bytes + UInt64(Field.nodeType.offset)
    try write([0], at: root)
    try synchronize()
    try rewrite([UInt8](repeating: 0, count: Format.nodeSize), at: tree.rootAddress.bytes)
    try synchronize()
    try write([NodeType.leaf.rawValue], at: root)
    try synchronize()
    tree.walkExtents { lose($0, but: blocks, losing) }
    restart()
  }

  private func lose(_ extent: ExtentSlot, but blocks: Cover, _ losing: (Loss) -> Void) {
    let sides = [
      (extent.offset, min(extent.end, blocks.start)), (max(extent.offset, blocks.end), extent.end),
    ]
    for (start, end) in sides where start < end {
      counts.droppedBlocks += end - start
      losing(Loss(offset: BlockOffset(start), count: BlockCount(end - start), cause: .dropped))
    }
  }

  /// Writes the blocks of `new` that differ from the file.
  func rewrite(_ new: [UInt8], at offset: UInt64) throws(ImageError) {
    var old = [UInt8](repeating: 0, count: new.count)
    _ = try storage.fill(&old, at: offset)
    let size = Int(Format.blockSize)
    for start in stride(from: 0, to: new.count, by: size) {
      let range = start..<min(new.count, start + size)
      guard old[range] != new[range] else { continue }
      try unsafe write(new.span.bytes.extracting(range), at: offset + UInt64(start))
    }
  }
}
