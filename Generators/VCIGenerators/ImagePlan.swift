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
  /// The first block of the root, a leaf.
  public var rootAddress: BlockAddress
  /// The extents, ascending by block offset, links included.
  public var extents: [Extent]
  /// The file's size in bytes.
  public var size: UInt64
  /// The UUID of the image.
  public var imageUUID: ImageUUID
  /// The modification UUID of the cached disk.
  public var modificationUUID: ImageUUID

  /// Makes an image plan of these values.
  public init(
    blocks: BlockCount, type: CacheType = .dynamic, isDirty: Bool = false,
    mapAddress: BlockAddress, rootAddress: BlockAddress, extents: [Extent] = [], size: UInt64,
    imageUUID: ImageUUID = ImageUUID(high: 0x5643_4900_0000_4000, low: 0x8000_0000_0000_0001),
    modificationUUID: ImageUUID = .nil
  ) {
    self.blocks = blocks
    self.type = type
    self.isDirty = isDirty
    self.mapAddress = mapAddress
    self.rootAddress = rootAddress
    self.extents = extents
    self.size = size
    self.imageUUID = imageUUID
    self.modificationUUID = modificationUUID
  }

  /// Where the block map lies.
  public var map: BlockRange { BlockRange(mapAddress, Format.mapBlocks(for: blocks)) }
  /// Where the root lies.
  public var root: BlockRange { BlockRange(rootAddress, Format.nodeBlocks) }

  /// Links the extents into one LRU list, most recently used first.
  ///
  /// - Precondition: `order` has each index of `extents` once.
  public mutating func link(in order: [Int]) {
    precondition(order.sorted() == Array(extents.indices), "an order of \(order)")
    for (position, index) in order.enumerated() {
      extents[index].previous = position > 0 ? extents[order[position - 1]].address : 0
      extents[index].next =
        position + 1 < order.count ? extents[order[position + 1]].address : 0
    }
  }
}
