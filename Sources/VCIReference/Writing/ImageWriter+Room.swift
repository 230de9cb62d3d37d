internal import VCIFormat

/// What an image that is open for writing knows of the room that the disk has for its file.
struct DiskRoom {
  /// Where the bitmap begins in the file.
  let bitmap: BlockAddress
  /// Blocks that were allocated on the disk before they are first written.
  fileprivate(set) var allocated = RunSet()
  /// The blocks of the bitmap that are on the disk, by their numbers.
  fileprivate(set) var mapBlocks = RunSet()
  /// The error by which the disk refused room most recently; `nil` where it never did.
  fileprivate(set) var lastRefusal: StorageError?
  /// How many writes are done before the disk is asked again.
  fileprivate var patience = 0
  /// How many blocks are withheld where nobody can tell how far a hole reaches.
  fileprivate var stride: UInt64 = Format.nodeBlocks.rawValue

  init(map: BlockRange) {
    bitmap = BlockAddress(map.first.rawValue + 1)
  }

  /// The error by which the disk refuses a call room; `nil` where the call succeeds.
  func refusal(_ call: () throws(ImageError) -> Void) throws(ImageError) -> StorageError? {
    do throws(ImageError) {
      try call()
      return nil
    } catch {
      guard case .storage(let failure) = error, failure.isForWantOfSpace else { throw error }
      return failure
    }
  }
}

extension ImageWriter {
  /// A block that the disk has no room for.
  private struct Refusal {
    let block: BlockAddress
    /// Whether it is the block's bit for which there is none.
    var isOfMap = false
    let error: StorageError
  }

  /// Asks for what the disk has refused once more, after some writes.
  func askAgain() {
    guard !space.withheld.isEmpty else { return }
    room.patience -= 1
    if room.patience <= 0 { releaseWithheld() }
  }

  /// Asks for what the disk has refused once more.
  func releaseWithheld() {
    room.stride = Format.nodeBlocks.rawValue
    if !space.withheld.isEmpty { space.releaseWithheld() }
  }

  /// Writes data into free blocks; answers no where the disk refuses some of them, which are withheld.
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

  /// Readies the places of the nodes that a change of the tree takes, and sees that there are as many
  /// more on the disk as the reserve needs after it. Answers no where the disk refuses: then nothing is
  /// ready, and what it refused is withheld.
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

  /// Readies a place for a node that is on the disk; `nil` where there is none.
  private func readyNode() throws(ImageError) -> BlockRange? {
    while let place = space.readyNode() {
      guard let refused = try refusal(of: place) else { return place }
      space.unready(keeping: space.ready.count - 1)
      try withhold(refused)
    }
    return nil
  }

  /// Gives a node that the disk refused another place, to which nothing in the file leads either.
  func move(_ id: ExtentTree.NodeID, _ error: StorageError) throws(ImageError) {
    let old = tree[id].address
    guard try readyNode() != nil else { throw .storage(error) }
    tree[id].address = space.placeNode()
    space.releaseNode(at: old)
    room.allocated.cut(BlockRange(old, Format.nodeBlocks))
    try withhold(Refusal(block: old, error: error))
  }

  /// Cuts off the part of a block that a write to a full disk may have left at the file's end.
  func cutPartialBlock() throws(ImageError) {
    guard room.lastRefusal != nil else { return }
    try asked { () throws(StorageError) in
      let size = try storage.byteCount()
      if size % Format.blockSize != 0 { try storage.resize(to: size - size % Format.blockSize) }
    }
  }

  /// The first block of a node's place that the disk refuses.
  private func refusal(of place: BlockRange) throws(ImageError) -> Refusal? {
    try begin()
    if let refused = try refusalByMap(of: place) { return refused }
    guard !room.allocated.holds(place) else { return nil }
    if try refusalToAllocate(place) != nil {
      for step in 0..<place.count.rawValue {
        let block = BlockRange(BlockAddress(place.first.rawValue + step), 1)
        guard let error = try refusalToAllocate(block) else { continue }
        return Refusal(block: block.first, error: error)
      }
    }
    room.allocated.add(place)
    return nil
  }

  /// The first block of `data` whose bit lies in a block of the map that the disk refuses.
  private func refusalByMap(of data: BlockRange) throws(ImageError) -> Refusal? {
    let first = data.first.rawValue / Format.bitsPerMapBlock
    let last = (data.first.rawValue + data.count.rawValue - 1) / Format.bitsPerMapBlock
    for number in first...last where !room.mapBlocks.holds(BlockRange(BlockAddress(number), 1)) {
      let place = BlockRange(BlockAddress(room.bitmap.rawValue + number), 1)
      if let error = try refusalToAllocate(place) {
        let block = max(data.first, BlockAddress(number * Format.bitsPerMapBlock))
        return Refusal(block: block, isOfMap: true, error: error)
      }
      room.mapBlocks.add(BlockRange(BlockAddress(number), 1))
    }
    return nil
  }

  /// The first block of data that the disk refuses; those before it are written.
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
    return Refusal(block: BlockAddress(data.first.rawValue + stored), error: error)
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
      try asked { () throws(StorageError) in
        try storage.allocate(blocks.count.bytes, at: blocks.first.bytes)
      }
    }
    if error == nil { byteCount = max(byteCount, blocks.first.bytes + blocks.count.bytes) }
    return error
  }

  /// Withholds free blocks from one that the disk refuses to the end of the hole.
  private func withhold(_ refused: Refusal) throws(ImageError) {
    if room.lastRefusal == nil || space.withheld.isEmpty { room.patience = Self.patience }
    room.lastRefusal = refused.error
    guard let run = space.allocator.freeRun(containing: refused.block), let runEnd = run.end
    else { return }
    let end = try refused.isOfMap ? endOfMapHole(at: refused.block) : endOfHole(at: refused.block)
    if let range = RunSet.run(from: refused.block, to: min(end, runEnd)) { space.withhold(range) }
  }

  /// After how many writes a disk is asked again.
  private static var patience: Int { 64 }

  /// The first block behind `block` that may be on the disk.
  private func endOfHole(at block: BlockAddress) throws(ImageError) -> BlockAddress {
    var end = BlockAddress(.max)
    let data = try asked { () throws(StorageError) in try storage.nextData(from: block.bytes) }
    if let data {
      end = BlockAddress(data / Format.blockSize)
      if end <= block {
        end = BlockAddress(block.rawValue + room.stride)
        room.stride = min(room.stride * 2, 1 << 32)
      }
    }
    // What was allocated and not written looks like a hole.
    if let ahead = room.allocated.firstRun(from: block), ahead.first > block {
      end = min(end, ahead.first)
    }
    return end
  }

  /// The first block behind `block` whose bit may be on the disk.
  private func endOfMapHole(at block: BlockAddress) throws(ImageError) -> BlockAddress {
    let number = block.rawValue / Format.bitsPerMapBlock
    let place = BlockAddress(room.bitmap.rawValue + number).bytes
    let data = try asked { () throws(StorageError) in try storage.nextData(from: place) }
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
  /// Empties the cache where it stands, because the disk has no room for a copy of a single path: what
  /// may not be served any more must go, and it cannot go alone. `losing` is told of all that is cached
  /// outside of `blocks`.
  ///
  /// The root becomes an empty leaf in its own place. Until that is durable its type is none, so that a
  /// crash leaves an image that is refused, and never one that serves what it should not. Only bytes that
  /// are not zero are overwritten, so no room is needed.
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
    tree.walkLeaves { id in
      for index in 0..<Int(tree[id].count) {
        lose(tree.extent(tree[id], index), but: blocks, losing)
      }
    }
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

  /// Writes those blocks of `new` that differ from what the file has.
  func rewrite(_ new: [UInt8], at offset: UInt64) throws(ImageError) {
    var old = [UInt8](repeating: 0, count: new.count)
    _ = try fill(&old, from: storage, at: offset)
    let size = Int(Format.blockSize)
    for start in stride(from: 0, to: new.count, by: size) {
      let range = start..<min(new.count, start + size)
      guard old[range] != new[range] else { continue }
      try unsafe write(new.span.bytes.extracting(range), at: offset + UInt64(start))
    }
  }
}

extension RunSet {
  /// Whether all blocks of `range` are in.
  fileprivate func holds(_ range: BlockRange) -> Bool {
    guard let run = run(containing: range.first), let end = run.end, let last = range.end else {
      return false
    }
    return last <= end
  }

  /// Inserts what is not in of `range`.
  fileprivate mutating func add(_ range: BlockRange) {
    cut(range)
    insert(range)
  }

  /// Removes what is in of `range`.
  fileprivate mutating func cut(_ range: BlockRange) { subtract(range) { _, _ in } }
}
