/// The first two blocks of an image: 1024 bytes at file block 0.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | signature |
/// | 4 | 4 | version |
/// | 8 | 8 | blocks of the cache |
/// | 16 | 1 | unclean shutdown |
/// | 17 | 4 | cache type |
/// | 21 | 8 | address of the root |
/// | 29 | 8 | address of the block map |
/// | 37 | 4 | blocks of the block map |
/// | 41 | 16 | UUID of the image |
/// | 57 | 16 | modification UUID of the cached disk |
/// | 73 | 951 | reserved, zero |
public struct Header: Hashable, Sendable {
  /// The signature of an image: the bytes `56 43 49 00`, "VCI\0".
  public static let signature: UInt32 = 0x0049_4356
  /// The only known version.
  public static let version: UInt32 = 1

  /// `Header.signature` in an image.
  public var signature: UInt32
  /// `Header.version` in an image that can be read.
  public var version: UInt32
  /// The most blocks that the file may have, all metadata included.
  public var blocks: BlockCount
  /// 0 if the image was closed cleanly, else 1.
  public var uncleanShutdown: UInt8
  /// The raw value of a `CacheType`.
  public var cacheType: UInt32
  /// The first block of the root node.
  public var treeRoot: BlockAddress
  /// The first block of the block map.
  public var blockMap: BlockAddress
  /// The blocks of the block map, its own header included; 32 bits in the file.
  public var blockMapBlocks: BlockCount
  /// The UUID of the image.
  public var imageUUID: ImageUUID
  /// The modification UUID of the cached disk that the cache agrees with.
  public var modificationUUID: ImageUUID

  /// Makes a header of these values.
  public init(
    signature: UInt32 = Header.signature, version: UInt32 = Header.version, blocks: BlockCount,
    uncleanShutdown: UInt8 = 0, cacheType: UInt32, treeRoot: BlockAddress, blockMap: BlockAddress,
    blockMapBlocks: BlockCount, imageUUID: ImageUUID, modificationUUID: ImageUUID
  ) {
    self.signature = signature
    self.version = version
    self.blocks = blocks
    self.uncleanShutdown = uncleanShutdown
    self.cacheType = cacheType
    self.treeRoot = treeRoot
    self.blockMap = blockMap
    self.blockMapBlocks = blockMapBlocks
    self.imageUUID = imageUUID
    self.modificationUUID = modificationUUID
  }

  /// Whether VCI-SHD-001 is broken, which changes the class of four rules.
  public var isDirty: Bool { uncleanShutdown == 1 }
}

/// How a cache uses its file.
public enum CacheType: UInt32, CaseIterable, Sendable {
  /// The file grows up to the cache's blocks.
  case dynamic = 1
  /// The file has all of the cache's blocks from the start.
  case fixed = 2
}

extension Header {
  /// Decodes the header in the first 1024 bytes of `bytes`, and checks nothing.
  ///
  /// - Precondition: there are at least 1024 bytes.
  public init(decoding bytes: RawSpan) {
    precondition(bytes.byteCount >= Format.headerSize, "a header of \(bytes.byteCount) bytes")
    self.init(
      signature: bytes.number(at: Field.signature.offset),
      version: bytes.number(at: Field.version.offset),
      blocks: BlockCount(bytes.number(at: Field.blocks.offset)),
      uncleanShutdown: bytes.number(at: Field.uncleanShutdown.offset),
      cacheType: bytes.number(at: Field.cacheType.offset),
      treeRoot: BlockAddress(bytes.number(at: Field.treeRoot.offset)),
      blockMap: BlockAddress(bytes.number(at: Field.blockMap.offset)),
      blockMapBlocks: BlockCount(
        UInt64(bytes.number(at: Field.blockMapBlocks.offset, as: UInt32.self))),
      imageUUID: ImageUUID(decoding: bytes, at: Field.imageUUID.offset),
      modificationUUID: ImageUUID(decoding: bytes, at: Field.modificationUUID.offset))
  }

  /// Encodes the fields into the first 73 bytes of `bytes`, and leaves the reserved bytes alone.
  ///
  /// - Precondition: there are at least 73 bytes, and the block map's blocks fit into 32 bits.
  public func encode(into bytes: inout MutableRawSpan) {
    precondition(
      blockMapBlocks.rawValue <= UInt32.max, "a block map of \(blockMapBlocks) blocks")
    bytes.put(signature, at: Field.signature.offset)
    bytes.put(version, at: Field.version.offset)
    bytes.put(blocks.rawValue, at: Field.blocks.offset)
    bytes.put(uncleanShutdown, at: Field.uncleanShutdown.offset)
    bytes.put(cacheType, at: Field.cacheType.offset)
    bytes.put(treeRoot.rawValue, at: Field.treeRoot.offset)
    bytes.put(blockMap.rawValue, at: Field.blockMap.offset)
    bytes.put(UInt32(blockMapBlocks.rawValue), at: Field.blockMapBlocks.offset)
    imageUUID.encode(into: &bytes, at: Field.imageUUID.offset)
    modificationUUID.encode(into: &bytes, at: Field.modificationUUID.offset)
  }
}

extension ImageUUID {
  /// Decodes the 16 bytes from `offset` on.
  init(decoding bytes: RawSpan, at offset: Int) {
    self =
      ImageUUID(
        high: bytes.number(at: offset, as: UInt64.self).byteSwapped,
        low: bytes.number(at: offset + 8, as: UInt64.self).byteSwapped
      ).swapped
  }

  /// Encodes the 16 bytes at `offset`.
  func encode(into bytes: inout MutableRawSpan, at offset: Int) {
    let stored = swapped
    bytes.put(stored.high.byteSwapped, at: offset)
    bytes.put(stored.low.byteSwapped, at: offset + 8)
  }
}
