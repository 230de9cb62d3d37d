internal import VCIFormat

/// The blocks of an image that is open for writing: which are free, and which are free once the tree
/// that is in memory is durable.
///
/// A block that the durable tree names is never taken before a newer tree is durable (VCI-WR-003); one
/// that was taken since the last flush is free as soon as it is given back.
struct BlockSpace: NodeSpace {
  /// Which blocks are free. Those that wait for a flush are not.
  private(set) var allocator: BlockAllocator
  /// The blocks that were taken since the last flush.
  private(set) var fresh = RunSet()
  /// Nodes of the durable tree that the tree in memory no longer has.
  private(set) var oldNodes = RunSet()
  /// Data of the durable tree that the tree in memory no longer has.
  private(set) var oldData = RunSet()

  init(_ allocator: BlockAllocator) {
    self.allocator = allocator
  }

  /// How many nodes the free blocks can hold.
  var rooms: UInt64 { allocator.rooms }
  /// How many nodes wait for a flush: it makes at least so many rooms.
  var oldNodeCount: UInt64 { oldNodes.blocks.rawValue / Format.nodeBlocks.rawValue }
  /// How many blocks of data wait for a flush.
  var oldDataBlocks: BlockCount { oldData.blocks }
  /// Whether a flush would free blocks.
  var waits: Bool { !oldNodes.isEmpty || !oldData.isEmpty }

  mutating func placeNode() -> BlockAddress {
    guard let place = allocator.allocate(Format.nodeBlocks, for: .metadata) else {
      preconditionFailure("no room for a node among \(allocator.free) free blocks")
    }
    fresh.insert(place)
    assertInvariants()
    return place.first
  }

  /// Takes free blocks for data.
  ///
  /// - Precondition: they are free, and there is one.
  mutating func takeData(_ data: BlockRange) {
    allocator.take(data, for: .data)
    fresh.insert(data)
    assertInvariants()
  }

  /// Takes the `count` blocks right behind `data` for data too.
  ///
  /// - Precondition: they are free, and there is one.
  mutating func extendData(_ data: BlockRange, by count: BlockCount) {
    guard allocator.extend(data, by: count, for: .data), let end = data.end else {
      preconditionFailure("no \(count) free blocks behind \(data)")
    }
    fresh.insert(BlockRange(end, count))
    assertInvariants()
  }

  mutating func releaseNode(at address: BlockAddress) {
    let node = BlockRange(address, Format.nodeBlocks)
    if fresh.run(containing: address) != nil {
      fresh.remove(node)
      allocator.release(node, for: .metadata)
    } else {
      oldNodes.insert(node)
    }
    assertInvariants()
  }

  mutating func releaseData(_ data: BlockRange) {
    fresh.subtract(data) { part, wasFresh in
      if wasFresh { allocator.release(part, for: .data) } else { oldData.insert(part) }
    }
    assertInvariants()
  }

  /// Notes that the tree in memory is durable.
  mutating func settle() {
    oldNodes.forEach { allocator.release($0, for: .metadata) }
    oldData.forEach { allocator.release($0, for: .data) }
    oldNodes.removeAll()
    oldData.removeAll()
    fresh.removeAll()
    assertInvariants()
  }
}
