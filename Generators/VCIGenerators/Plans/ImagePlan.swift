public import VCIFormat

/// A valid image, as data: what it holds and where everything lies.
///
/// Plans cover layouts that no writer of ours makes. They are laid out here, byte by byte, and
/// not by the reference, so that neither can hide the other's faults.
public struct ImagePlan: Hashable, Sendable {
  /// The most blocks that the file may have.
  public var blocks: BlockCount
  /// Dynamic or fixed.
  public var type: CacheType
  /// Whether it says that it was not closed cleanly.
  public var isDirty: Bool
  /// The first block of the block map.
  public var mapAddress: BlockAddress
  /// The nodes of the tree: the root first, each before its children, those from left to right.
  public var nodes: [NodePlan]
  /// The file's size in bytes.
  public var size: UInt64
  /// The UUID of the image.
  public var imageUUID: ImageUUID
  /// The modification UUID of the cached disk.
  public var modificationUUID: ImageUUID

  /// Makes an image plan of these values.
  ///
  /// - Precondition: there is a root.
  public init(
    blocks: BlockCount, type: CacheType = .dynamic, isDirty: Bool = false,
    mapAddress: BlockAddress, nodes: [NodePlan], size: UInt64,
    imageUUID: ImageUUID = ImageUUID(high: 0x5643_4900_0000_4000, low: 0x8000_0000_0000_0001),
    modificationUUID: ImageUUID = .nil
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
  }

  /// Makes the plan of an image whose root is a leaf with these extents.
  public init(
    blocks: BlockCount, type: CacheType = .dynamic, mapAddress: BlockAddress,
    rootAddress: BlockAddress, extents: [Extent] = [], size: UInt64
  ) {
    self.init(
      blocks: blocks, type: type, mapAddress: mapAddress,
      nodes: [NodePlan(address: rootAddress, .leaf(extents))], size: size)
  }

  /// Where the block map lies.
  public var map: BlockRange { BlockRange(mapAddress, Format.mapBlocks(for: blocks)) }

  /// All extents, from left to right.
  public var extents: [Extent] { nodes.flatMap(\.extents) }

  /// The level of the first leaf, and so of every one in a valid plan: 1 where the root is a leaf.
  public var depth: Int {
    var levels = 1
    var node = nodes[0]
    while let child = node.entries.first?.node {
      node = nodes[child]
      levels += 1
    }
    return levels
  }

  /// The path that leads to each node.
  ///
  /// - Precondition: nodes come before their children.
  var nodePaths: [NodePath] {
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
  /// - Precondition: `order` has each index of `extents` once.
  public mutating func link(in order: [Int]) {
    var extents = extents
    precondition(order.sorted() == Array(extents.indices), "an order of \(order)")
    for (position, index) in order.enumerated() {
      extents[index].previous = position > 0 ? extents[order[position - 1]].address : 0
      extents[index].next =
        position + 1 < order.count ? extents[order[position + 1]].address : 0
    }
    setExtents(extents)
  }

  /// Puts other extents into the slots of the leaves, from left to right.
  ///
  /// - Precondition: there are as many as before.
  mutating func setExtents(_ extents: [Extent]) {
    var next = 0
    for index in nodes.indices where nodes[index].type == .leaf {
      let count = nodes[index].extents.count
      nodes[index].extents = Array(extents[next..<next + count])
      next += count
    }
    precondition(next == extents.count, "\(extents.count) extents for \(next) slots")
  }
}
