import VCIFormat
@testable import VCIReference

/// What a tree should hold: extents in a plain sorted array, and the order of their use in another.
struct TreeModel {
  struct Extent: Hashable {
    var offset: UInt64
    var count: UInt64
    var address: UInt64
    var reserved: UInt8 = 0

    var end: UInt64 { offset + count }

    func part(_ start: UInt64, _ end: UInt64) -> Extent {
      Extent(
        offset: start, count: end - start, address: address + start - offset, reserved: reserved)
    }

    /// Whether both are neighbours in the disk and in the file, and may become one.
    func merges(with next: Extent, _ most: UInt64) -> Bool {
      end == next.offset && address + count == next.address && reserved == 0 && next.reserved == 0
        && count + next.count <= most
    }
  }

  /// The extents by offset.
  private(set) var extents: [Extent] = []
  /// The offsets of the extents: most recently used, least recently used.
  private(set) var order: [UInt64] = []

  /// How many disk blocks are cached.
  var blocks: UInt64 { extents.reduce(0) { $0 + $1.count } }

  /// The extent that holds `block`, or else the first one behind it.
  func first(from block: UInt64) -> Extent? { extents.first { $0.end > block } }

  func overlaps(_ start: UInt64, _ end: UInt64) -> Bool {
    extents.contains { $0.offset < end && $0.end > start }
  }

  mutating func remove(_ start: UInt64, _ end: UInt64) {
    var kept: [Extent] = []
    for extent in extents {
      guard extent.offset < end, extent.end > start else {
        kept.append(extent)
        continue
      }
      var left: [Extent] = []
      if extent.offset < start { left.append(extent.part(extent.offset, start)) }
      if extent.end > end { left.append(extent.part(end, extent.end)) }
      order = order.flatMap { $0 == extent.offset ? left.map(\.offset) : [$0] }
      kept += left
    }
    extents = kept
  }

  /// Adds an extent; it may be merged, up to `most` blocks, with those that lie between
  /// `near.start` and `near.end`.
  mutating func insert(_ extent: Extent, near: Cover?, upTo most: UInt64) {
    remove(extent.offset, extent.end)
    var extent = extent
    if let before = extents.last(where: { $0.end == extent.offset }),
      let near, before.offset >= near.start, before.merges(with: extent, most)
    {
      take(before)
      extent = Extent(
        offset: before.offset, count: before.count + extent.count, address: before.address)
    }
    if let behind = extents.first(where: { $0.offset == extent.end }),
      let near, behind.end <= near.end, extent.merges(with: behind, most)
    {
      take(behind)
      extent.count += behind.count
    }
    extents.append(extent)
    extents.sort { $0.offset < $1.offset }
    order.insert(extent.offset, at: 0)
  }

  private mutating func take(_ extent: Extent) {
    extents.removeAll { $0 == extent }
    order.removeAll { $0 == extent.offset }
  }
}

/// Room for nodes that is used again as soon as that is allowed, and that keeps account of all.
struct RecordingSpace: NodeSpace {
  /// Nodes of the tree.
  private(set) var live: Set<UInt64> = []
  /// Nodes of the tree that is in the file.
  private(set) var durable: Set<UInt64> = []
  private var free: [UInt64] = []
  private var next: UInt64 = 1 << 40
  /// Addresses of nodes, and runs of data, since the last `begin`.
  private(set) var placed: [UInt64] = []
  private(set) var released: [UInt64] = []
  private(set) var data: [BlockRange] = []

  /// Begins with a tree whose nodes stand at `addresses`.
  init(durable addresses: Set<UInt64>) {
    live = addresses
    durable = addresses
  }

  mutating func begin() {
    placed = []
    released = []
    data = []
  }

  /// Notes that the tree, as it is, is in the file.
  mutating func flush() {
    free += durable.subtracting(live).sorted()
    durable = live
  }

  mutating func placeNode() -> BlockAddress {
    var address = next
    if let used = free.popLast() { address = used } else { next += 8 }
    precondition(!live.contains(address) && !durable.contains(address), "\(address) is taken")
    live.insert(address)
    placed.append(address)
    return BlockAddress(address)
  }

  mutating func releaseNode(at address: BlockAddress) {
    precondition(live.remove(address.rawValue) != nil, "\(address) is not in use")
    if !durable.contains(address.rawValue) { free.append(address.rawValue) }
    released.append(address.rawValue)
  }

  mutating func releaseData(_ run: BlockRange) { data.append(run) }
}

/// A node as the file would have it.
struct NodeImage: Hashable {
  var isLeaf: Bool
  /// Offset, count, address and reserved byte of each slot.
  var slots: [[UInt64]]
}

extension ExtentTree {
  /// Every node, parents first.
  var everyNode: [NodeID] {
    var found = [root]
    var next = 0
    while next < found.count {
      let node = self[found[next]]
      next += 1
      guard !node.isLeaf else { continue }
      for index in 0..<Int(node.count) { found.append(entry(node, index).child) }
    }
    return found
  }

  /// A node as the file would have it.
  func image(of id: NodeID) -> NodeImage {
    let node = self[id]
    let slots = (0..<Int(node.count)).map { index -> [UInt64] in
      if node.isLeaf {
        let slot = extent(node, index)
        return [slot.offset, UInt64(slot.count), slot.address, UInt64(slot.reserved)]
      }
      let slot = entry(node, index)
      return [slot.offset, UInt64(slot.count), self[slot.child].address.rawValue, 0]
    }
    return NodeImage(isLeaf: node.isLeaf, slots: slots)
  }

  /// The nodes by address: those that the file has where `fresh` is no.
  func images(fresh: Bool) -> [UInt64: NodeImage] {
    var images: [UInt64: NodeImage] = [:]
    for id in everyNode where self[id].isFresh == fresh {
      images[self[id].address.rawValue] = image(of: id)
    }
    return images
  }

  /// Every extent, by offset.
  var everyExtent: [TreeModel.Extent] {
    everyNode.filter { self[$0].isLeaf }.flatMap { id in
      image(of: id).slots.map {
        TreeModel.Extent(offset: $0[0], count: $0[1], address: $0[2], reserved: UInt8($0[3]))
      }
    }
  }

  /// The offsets of the extents: most recently used, least recently used.
  var order: [UInt64] {
    var offsets: [UInt64] = []
    var id = recency.mostRecent
    while let known = id {
      offsets.append(recency.offset(of: known).rawValue)
      id = recency.next(of: known)
    }
    return offsets
  }

  /// Whether every entry covers no more than what is below it, so that each search goes down once.
  var isTight: Bool {
    everyNode.allSatisfy { id in
      let node = self[id]
      return node.isLeaf
        || (0..<Int(node.count)).allSatisfy {
          entry(node, $0).cover == cover(of: entry(node, $0).child)
        }
    }
  }

  /// What the writer does at a flush: the tree as it is, is in the file.
  func markDurable() {
    for id in everyNode { self[id].isFresh = false }
  }
}
