internal import VCIFormat

/// The blocks of an image that is open for writing: which are free, and which are free once the tree
/// that is in memory is durable.
///
/// A block that the durable tree names is never taken before a newer tree is durable (VCI-WR-003); one
/// that was taken since the last flush is free as soon as it is given back.
struct BlockSpace: NodeSpace {
  /// Which blocks are free. Those that wait for a flush are not.
  let allocator: BlockAllocator
  /// The blocks that were taken since the last flush.
  private let fresh = RunSet()
  /// Nodes of the durable tree that the tree in memory no longer has.
  private let oldNodes = RunSet()
  /// Data of the durable tree that the tree in memory no longer has.
  private let oldData = RunSet()

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
    return place.first
  }

  /// Takes free blocks for data.
  mutating func takeData(_ data: BlockRange) {
    allocator.take(data, for: .data)
    fresh.insert(data)
  }

  mutating func releaseNode(at address: BlockAddress) {
    let (isFresh, node) = (fresh.run(containing: address) != nil, BlockRange(address, 8))
    if isFresh {
      fresh.remove(node)
      allocator.release(node, for: .metadata)
    } else {
      oldNodes.insert(node)
    }
  }

  mutating func releaseData(_ data: BlockRange) {
    fresh.subtract(data) { part, wasFresh in
      if wasFresh { allocator.release(part, for: .data) } else { oldData.insert(part) }
    }
  }

  /// Notes that the tree in memory is durable.
  mutating func settle() {
    oldNodes.forEach { allocator.release($0, for: .metadata) }
    oldData.forEach { allocator.release($0, for: .data) }
    oldNodes.removeAll()
    oldData.removeAll()
    fresh.removeAll()
  }
}

extension BlockSpace {
  /// Checks that allocator and sets agree with themselves and each other.
  ///
  /// - Precondition: they do.
  func checkInvariants() {
    allocator.checkInvariants()
    fresh.checkInvariants()
    oldNodes.checkInvariants()
    oldData.checkInvariants()
    precondition(
      oldNodes.blocks.rawValue % Format.nodeBlocks.rawValue == 0,
      "\(oldNodes.blocks) blocks of nodes wait for a flush")
    for set in [fresh, oldNodes, oldData] {
      set.forEach {
        let free = allocator.freeRun(containing: $0.first)
        precondition(free == nil, "blocks \($0) are taken, and free in \(String(describing: free))")
      }
    }
  }
}
