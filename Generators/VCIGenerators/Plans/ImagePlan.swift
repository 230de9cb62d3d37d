package import VCIFormat

/// A valid image as data: what it holds, and the address of every part.
///
/// Plans cover layouts that the reference never writes. They are encoded by this module, not by the
/// reference, so that neither can hide the other's faults.
package struct ImagePlan: Hashable, Sendable {
  /// The size of the cache, and the most blocks that the file may have.
  package var blocks: BlockCount
  package var type: CacheType
  /// Whether the header says that the image was not closed cleanly.
  package var isDirty: Bool
  /// The first block of the block map.
  package var mapAddress: BlockAddress
  /// The nodes of the tree: the root first, each before its children, those from left to right.
  package var nodes: [NodePlan]
  /// The file's size in bytes.
  package var size: UInt64
  package var imageUUID: ImageUUID
  /// Whether no bit of the bitmap is set and all blocks are counted as free, as a crash may leave
  /// the map of a dirty image. Otherwise bitmap and counters agree with what the image holds.
  package var isMapClear: Bool
  /// The state of the cached disk with which the image agrees.
  package var modificationUUID: ImageUUID

  /// The image UUID of plans that name none.
  package static let usualUUID = ImageUUID(
    high: 0x5643_4900_0000_4000, low: 0x8000_0000_0000_0001)

  /// - Precondition: `nodes` is not empty.
  package init(
    blocks: BlockCount, type: CacheType = .dynamic, isDirty: Bool = false,
    mapAddress: BlockAddress, nodes: [NodePlan], size: UInt64,
    imageUUID: ImageUUID = Self.usualUUID,
    modificationUUID: ImageUUID = .nil, isMapClear: Bool = false
  ) {
    precondition(!nodes.isEmpty, "a tree without a root")
    self.blocks = blocks
    self.type = type
    self.isDirty = isDirty
    self.mapAddress = mapAddress
    self.nodes = nodes
    self.size = size
    self.imageUUID = imageUUID
    self.modificationUUID = modificationUUID
    self.isMapClear = isMapClear
  }

  /// Makes the plan of an image whose root is a leaf.
  package init(
    blocks: BlockCount, type: CacheType = .dynamic, mapAddress: BlockAddress,
    rootAddress: BlockAddress, extents: [Extent] = [], size: UInt64
  ) {
    self.init(
      blocks: blocks, type: type, mapAddress: mapAddress,
      nodes: [NodePlan(address: rootAddress, .leaf(extents))], size: size)
  }

  /// The blocks of the block map.
  package var map: BlockRange { BlockRange(mapAddress, Format.mapBlocks(for: blocks)) }

  /// All extents, from left to right.
  package var extents: [Extent] { nodes.flatMap(\.extents) }

  /// The level of the first leaf: 1 if the root is a leaf. In a valid plan all leaves have it.
  package var depth: Int {
    var levels = 1
    var node = nodes[0]
    while let child = node.entries.first?.node {
      node = nodes[child]
      levels += 1
    }
    return levels
  }

  /// The path of each node.
  ///
  /// - Precondition: nodes come before their children.
  package var nodePaths: [NodePath] {
    var paths = [NodePath](repeating: .root, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for (slot, entry) in node.entries.enumerated() {
        precondition(entry.node > index, "node \(entry.node) below node \(index)")
        paths[entry.node] = paths[index].child(slot)
      }
    }
    return paths
  }

  /// Links the extents into one LRU list, most recently used first.
  ///
  /// - Precondition: `order` contains each index of `extents` once.
  package mutating func link(in order: [Int]) {
    var extents = extents
    precondition(order.sorted() == Array(extents.indices), "an order of \(order)")
    for (position, index) in order.enumerated() {
      extents[index].previous = position > 0 ? extents[order[position - 1]].address : 0
      extents[index].next =
        position + 1 < order.count ? extents[order[position + 1]].address : 0
    }
    var next = 0
    for index in nodes.indices where nodes[index].type == .leaf {
      let count = nodes[index].extents.count
      nodes[index].extents = Array(extents[next..<next + count])
      next += count
    }
  }
}
