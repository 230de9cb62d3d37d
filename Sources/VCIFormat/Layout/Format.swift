/// The constants of the format.
public enum Format {
  /// Bytes of a block; the unit of every offset, address and size in the file.
  @inlinable public static var blockSize: UInt64 { 512 }
  /// Bytes of the header.
  @inlinable public static var headerSize: Int { 1024 }
  /// Blocks of the header.
  @inlinable public static var headerBlocks: BlockCount { 2 }
  /// Bytes of the block map's header.
  @inlinable public static var mapHeaderSize: Int { 512 }
  /// Bits in a block of the bitmap: the blocks that it describes.
  @inlinable public static var bitsPerMapBlock: UInt64 { 4096 }
  /// Bytes of a tree node.
  @inlinable public static var nodeSize: Int { 4096 }
  /// Blocks of a tree node.
  @inlinable public static var nodeBlocks: BlockCount { 8 }
  /// Bytes of an extent.
  @inlinable public static var extentSize: Int { 38 }
  /// Slots of a leaf.
  @inlinable public static var extentsPerLeaf: Int { 107 }
  /// Bytes of an internal node's entry.
  @inlinable public static var entrySize: Int { 20 }
  /// Slots of an internal node.
  @inlinable public static var entriesPerInternalNode: Int { 204 }
  /// The maximum number of levels of a tree, with the root's.
  @inlinable public static var maximumLevels: Int { 16 }
  /// The end of the largest disk: 2^54 blocks, at which byte offsets reach 2^63.
  @inlinable public static var diskEnd: BlockOffset { 0x40_0000_0000_0000 }
  /// The maximum number of blocks of a cache: as many as a block map of 2^32 - 1 blocks covers.
  @inlinable public static var maximumBlocks: BlockCount { BlockCount(0xffff_fffe * 4096) }
  /// The first block that map, nodes and data may use: the one after the header.
  @inlinable public static var firstBlock: BlockAddress { 2 }

  /// Returns the number of blocks of a block map for `blocks` blocks, with its header.
  public static func mapBlocks(for blocks: BlockCount) -> BlockCount {
    let whole = blocks.rawValue / bitsPerMapBlock
    let partial: UInt64 = blocks.rawValue % bitsPerMapBlock == 0 ? 0 : 1
    return BlockCount(1 + whole + partial)
  }

  /// Returns the number of blocks of header, map and root in a cache of `blocks` blocks.
  public static func leastBlocks(for blocks: BlockCount) -> BlockCount {
    headerBlocks + mapBlocks(for: blocks) + nodeBlocks
  }
}
