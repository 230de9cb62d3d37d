internal import VCIFormat

/// The room that the reference has for writing in a valid image, told from its tree as the reserve is
/// specified: runs of free blocks hold as many nodes as the tree has levels, and beside those there
/// is a block that data may have.
public struct WriterRoom: Hashable, Sendable {
  /// How many nodes the free blocks hold.
  public let rooms: UInt64
  /// The levels of the tree.
  public let levels: UInt64
  /// How many blocks hold neither header nor map nor node.
  public let blocks: UInt64

  /// Tells the room in an image.
  public init(_ model: ImageModel) {
    let walk = TreeWalk(model)
    let owned = Ownership(walk)
    let end = model.header.blocks.rawValue
    let free = BlockRuns([BlockRange(0, model.header.blocks)]).subtracting(owned.all)
    rooms = free.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) / Format.nodeBlocks.rawValue }
    levels = UInt64(walk.visits.map(\.level).max() ?? 1)
    blocks = end - min(end, owned.metadata.count(below: end))
  }

  /// Whether the image can be opened for writing.
  public var isEnough: Bool {
    rooms >= levels && blocks > levels * Format.nodeBlocks.rawValue
  }
}
