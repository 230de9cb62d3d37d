internal import VCIFormat

/// The blocks of an image that is open for writing: those that are free, and those that will be
/// free once the tree in memory is durable.
///
/// A block that the durable tree names is not taken before a newer tree is durable (VCI-WR-003). A
/// block that was taken since the last flush is free as soon as it is released.
struct BlockSpace: NodeSpace {
  /// The free blocks; neither those that wait for a flush nor withheld ones.
  private(set) var allocator: BlockAllocator
  /// The blocks that were taken since the last flush.
  private(set) var fresh = RunSet()
  /// Nodes of the durable tree that the tree in memory no longer has.
  private(set) var oldNodes = RunSet()
  /// Data of the durable tree that the tree in memory no longer has.
  private(set) var oldData = RunSet()
  /// Free blocks for which the disk of the file had no room: nothing is placed there. The allocator
  /// counts them as data.
  private(set) var withheld = RunSet()
  /// The places of nodes for the next change, in the order in which it will take them.
  private(set) var ready: [BlockAddress] = []

  init(_ allocator: BlockAllocator) {
    self.allocator = allocator
  }

  /// How many nodes the free blocks can hold.
  var rooms: UInt64 { allocator.rooms }
  /// How many nodes wait for a flush, which makes at least so many rooms.
  var oldNodeCount: UInt64 { oldNodes.blocks.rawValue / Format.nodeBlocks.rawValue }
  /// How many blocks of data wait for a flush.
  var oldDataBlocks: BlockCount { oldData.blocks }
  /// Whether a flush would free blocks.
  var waits: Bool { !oldNodes.isEmpty || !oldData.isEmpty }

  mutating func placeNode() -> BlockAddress {
    if ready.isEmpty, readyNode() == nil {
      preconditionFailure("no room for a node among \(allocator.free) free blocks")
    }
    let place = ready.removeFirst()
    fresh.insert(BlockRange(place, Format.nodeBlocks))
    assertInvariants()
    return place
  }

  /// Takes free blocks for data.
  ///
  /// - Precondition: there are some, and all are free.
  mutating func takeData(_ data: BlockRange) {
    allocator.take(data, for: .data)
    fresh.insert(data)
    assertInvariants()
  }

  /// Takes the `count` blocks right after `data` for data too.
  ///
  /// - Precondition: there are some, and all are free.
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
    } else if Faults.reusesAtOnce {
      allocator.release(node, for: .metadata)
    } else {
      oldNodes.insert(node)
    }
    assertInvariants()
  }

  mutating func releaseData(_ data: BlockRange) {
    fresh.subtract(data) { part, wasFresh in
      if wasFresh || Faults.reusesAtOnce {
        allocator.release(part, for: .data)
      } else {
        oldData.insert(part)
      }
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

/// Places that are chosen ahead of a change, and blocks that the disk of the file refuses.
extension BlockSpace {
  /// The blocks that are allocated for cached data.
  var data: BlockCount { allocator.data - withheld.blocks }

  /// The counters for the map's header, in which withheld blocks are free.
  var mapHeader: BlockMapHeader {
    BlockMapHeader(
      blocks: allocator.blocks, free: allocator.free + withheld.blocks,
      metadata: allocator.metadata, data: data)
  }

  /// An allocator in which withheld blocks are free.
  var whole: BlockAllocator {
    var whole = allocator
    withheld.forEach { whole.release($0, for: .data) }
    return whole
  }

  /// Chooses the place of one more node for the next change; `nil` if there is none.
  mutating func readyNode() -> BlockRange? {
    guard let place = allocator.allocate(Format.nodeBlocks, for: .metadata) else { return nil }
    ready.append(place.first)
    return place
  }

  /// Releases the chosen places except the first `count`.
  mutating func unready(keeping count: Int) {
    while ready.count > count {
      allocator.release(BlockRange(ready.removeLast(), Format.nodeBlocks), for: .metadata)
    }
    assertInvariants()
  }

  /// Places nothing in `range` until `releaseWithheld()` is called.
  ///
  /// - Precondition: it has blocks, and all of them are free.
  mutating func withhold(_ range: BlockRange) {
    allocator.take(range, for: .data)
    withheld.insert(range)
    assertInvariants()
  }

  /// Makes the withheld blocks free again.
  mutating func releaseWithheld() {
    withheld.forEach { allocator.release($0, for: .data) }
    withheld.removeAll()
    assertInvariants()
  }
}
