/// The first block of the block map: 512 bytes, before the bitmap.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | magic |
/// | 4 | 4 | version |
/// | 8 | 8 | blocks that the map manages |
/// | 16 | 8 | free blocks |
/// | 24 | 8 | blocks allocated for metadata |
/// | 32 | 8 | blocks allocated for cached data |
/// | 40 | 472 | reserved, zero |
public struct BlockMapHeader: Hashable, Sendable {
  /// The magic of a block map: the bytes `56 42 4c 4b`, "VBLK".
  public static let magic: UInt32 = 0x4b4c_4256
  /// The only known version.
  public static let version: UInt32 = 1

  /// `BlockMapHeader.magic` in a block map.
  public var magic: UInt32
  /// `BlockMapHeader.version` in a map that can be read.
  public var version: UInt32
  /// The blocks that the map manages.
  public var blocks: BlockCount
  /// The number of free blocks.
  public var free: BlockCount
  /// The number of blocks that are allocated for metadata.
  public var metadata: BlockCount
  /// The number of blocks that are allocated for cached data.
  public var data: BlockCount

  /// Makes a block map header of these values.
  public init(
    magic: UInt32 = BlockMapHeader.magic, version: UInt32 = BlockMapHeader.version,
    blocks: BlockCount, free: BlockCount, metadata: BlockCount, data: BlockCount
  ) {
    self.magic = magic
    self.version = version
    self.blocks = blocks
    self.free = free
    self.metadata = metadata
    self.data = data
  }

  /// Decodes the header in the first 512 bytes of `bytes`, and checks nothing.
  ///
  /// - Precondition: there are at least 512 bytes.
  public init(decoding bytes: RawSpan) {
    precondition(
      bytes.byteCount >= Format.mapHeaderSize, "a block map of \(bytes.byteCount) bytes")
    self.init(
      magic: bytes.number(at: Field.mapMagic.offset),
      version: bytes.number(at: Field.mapVersion.offset),
      blocks: BlockCount(bytes.number(at: Field.mapBlocks.offset)),
      free: BlockCount(bytes.number(at: Field.mapFree.offset)),
      metadata: BlockCount(bytes.number(at: Field.mapMetadata.offset)),
      data: BlockCount(bytes.number(at: Field.mapData.offset)))
  }

  /// Encodes the fields into the first 40 bytes of `bytes`, and leaves the reserved bytes alone.
  ///
  /// - Precondition: there are at least 40 bytes.
  public func encode(into bytes: inout MutableRawSpan) {
    bytes.put(magic, at: Field.mapMagic.offset)
    bytes.put(version, at: Field.mapVersion.offset)
    bytes.put(blocks.rawValue, at: Field.mapBlocks.offset)
    bytes.put(free.rawValue, at: Field.mapFree.offset)
    bytes.put(metadata.rawValue, at: Field.mapMetadata.offset)
    bytes.put(data.rawValue, at: Field.mapData.offset)
  }
}
