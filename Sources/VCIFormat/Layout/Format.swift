/// The numbers of the format.
public enum Format {
  /// Bytes of a block; the unit of every offset, address and size in the file.
  public static let blockSize: UInt64 = 512
  /// Bytes of the header.
  public static let headerSize = 1024
  /// Blocks of the header.
  public static let headerBlocks: BlockCount = 2
  /// Bytes of the block map's header.
  public static let mapHeaderSize = 512
  /// Blocks whose bits one block of the bitmap holds.
  public static let bitsPerMapBlock: UInt64 = 4096
  /// Bytes of a tree node.
  public static let nodeSize = 4096
  /// Blocks of a tree node.
  public static let nodeBlocks: BlockCount = 8
  /// Bytes of an extent.
  public static let extentSize = 38
  /// The most extents that a leaf holds.
  public static let extentsPerLeaf = 107
  /// Bytes of an internal node's entry.
  public static let entrySize = 20
  /// The most entries that an internal node holds.
  public static let entriesPerInternalNode = 204
  /// The most levels of a tree, the root's included.
  public static let maximumLevels = 16
  /// The block offset at which every disk ends: 2^54, where byte offsets reach 2^63.
  public static let diskEnd: BlockOffset = 0x40_0000_0000_0000
  /// The most blocks that a cache may have: what a block map of 2^32 - 1 blocks covers.
  public static let maximumBlocks = BlockCount(0xffff_fffe * 4096)
  /// The first block that map, nodes and data may use: the one after the header.
  public static let firstBlock: BlockAddress = 2

  /// The blocks of a block map that manages `blocks` blocks, its own header included.
  public static func mapBlocks(for blocks: BlockCount) -> BlockCount {
    let whole = blocks.rawValue / bitsPerMapBlock
    let partial: UInt64 = blocks.rawValue % bitsPerMapBlock == 0 ? 0 : 1
    return BlockCount(1 + whole + partial)
  }

  /// The fewest blocks that a cache of `blocks` blocks needs for header, map and root.
  public static func leastBlocks(for blocks: BlockCount) -> BlockCount {
    BlockCount(headerBlocks.rawValue + mapBlocks(for: blocks).rawValue + nodeBlocks.rawValue)
  }
}
