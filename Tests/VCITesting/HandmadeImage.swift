public import VCIFormat

/// An image whose bytes are typed by hand, from the tables of the specification: no encoder of the
/// suite has a part in it.
///
/// It is a cache of 2 MiB, 4096 blocks: header at block 0, a map of 2 blocks at block 2 (byte
/// 1024), a root leaf at block 4 (byte 2048), data from block 12 (byte 6144) on.
public struct HandmadeImage: Sendable {
  /// The bytes.
  public var bytes: [UInt8]

  /// Byte 0 of the bitmap.
  public static let bitmap = 1536
  /// Byte 0 of the root.
  public static let root = 2048

  /// A fresh image, with room for `data` blocks of data that are not owned yet.
  public init(data: Int = 0) {
    bytes = [UInt8](repeating: 0, count: 6144 + data * 512)
    put([0x56, 0x43, 0x49, 0x00, 0x01, 0x00, 0x00, 0x00], at: 0)
    put([0x00, 0x10, 0, 0, 0, 0, 0, 0], at: 8)  // 4096 blocks
    put([0x00, 0x01, 0, 0, 0], at: 16)  // clean, dynamic
    put([0x04, 0, 0, 0, 0, 0, 0, 0], at: 21)  // root
    put([0x02, 0, 0, 0, 0, 0, 0, 0], at: 29)  // map
    put([0x02, 0, 0, 0], at: 37)  // its blocks
    put([0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99], at: 41)
    put([0x56, 0x42, 0x4c, 0x4b, 0x01, 0x00, 0x00, 0x00], at: 1024)
    put([0x00, 0x10, 0, 0, 0, 0, 0, 0], at: 1032)
    put([0xf4, 0x0f, 0, 0, 0, 0, 0, 0], at: 1040)  // 4084 free
    put([0x0c, 0, 0, 0, 0, 0, 0, 0], at: 1048)  // 12 of metadata
    put([0xff, 0x0f], at: Self.bitmap)
    put([0x02], at: Self.root)
  }

  /// Puts bytes.
  public mutating func put(_ new: [UInt8], at offset: Int) {
    for (index, byte) in new.enumerated() { bytes[offset + index] = byte }
  }

  /// Puts a number of `width` bytes, little endian.
  public mutating func put(_ number: UInt64, width: Int, at offset: Int) {
    put((0..<width).map { UInt8(truncatingIfNeeded: number >> (UInt64($0) * 8)) }, at: offset)
  }

  /// The first byte of slot `slot` of the root.
  public static func slot(_ slot: Int) -> Int { root + 1 + slot * 38 }

  /// Puts an extent into a slot, and nothing else.
  public mutating func putExtent(
    _ slot: Int, offset: UInt64, blocks: UInt64, address: UInt64, previous: UInt64 = 0,
    next: UInt64 = 0
  ) {
    let base = Self.slot(slot)
    put(previous, width: 8, at: base)
    put(next, width: 8, at: base + 8)
    put(offset, width: 8, at: base + 18)
    put(blocks, width: 4, at: base + 26)
    put(address, width: 8, at: base + 30)
  }

  /// A clean image of three extents in one list: disk blocks 0, 10 to 13, 100 and 101, stored at
  /// blocks 12, 13 and 17, and the byte of each data block is its own address.
  public static let three: HandmadeImage = {
    var image = HandmadeImage(data: 7)
    image.putExtent(0, offset: 0, blocks: 1, address: 12, next: 13)
    image.putExtent(1, offset: 10, blocks: 4, address: 13, previous: 12, next: 17)
    image.putExtent(2, offset: 100, blocks: 2, address: 17, previous: 13)
    image.put([0xff, 0xff, 0x07], at: bitmap)
    image.put([0xed, 0x0f], at: 1040)  // 4077 free
    image.put([0x07], at: 1056)  // 7 of data
    for block in 12..<19 {
      for index in 0..<512 { image.bytes[block * 512 + index] = UInt8(block) }
    }
    return image
  }()

  /// A clean image of a tree: its root at block 4 leads to leaves at blocks 12 and 20, for disk
  /// blocks 0 to 99 and 100 to 199; they hold what the leaf of `three` does, from block 28 on.
  public static let tree: HandmadeImage = {
    var image = HandmadeImage(data: 23)
    image.putNode(.internal, at: 4)
    image.putEntry(0, in: 4, offset: 0, blocks: 100, child: 12)
    image.putEntry(1, in: 4, offset: 100, blocks: 100, child: 20)
    image.putNode(.leaf, at: 12)
    image.putExtent(0, in: 12, offset: 0, blocks: 1, address: 28, next: 29)
    image.putExtent(1, in: 12, offset: 10, blocks: 4, address: 29, previous: 28, next: 33)
    image.putNode(.leaf, at: 20)
    image.putExtent(0, in: 20, offset: 100, blocks: 2, address: 33, previous: 29)
    image.own(0..<35, metadata: 28)
    for block in 28..<35 {
      for index in 0..<512 { image.bytes[block * 512 + index] = UInt8(block) }
    }
    return image
  }()

  /// A clean image of `levels` levels: the root at block 4, then a node of one entry at each eighth
  /// block, the last of them a leaf whose one extent, disk block 0, lies after it.
  public static func chain(levels: Int) -> HandmadeImage {
    var image = HandmadeImage(data: (levels - 1) * 8 + 1)
    for level in 1..<levels {
      image.putNode(.internal, at: UInt64(level * 8 - 4))
      image.putEntry(
        0, in: UInt64(level * 8 - 4), offset: 0, blocks: 10, child: UInt64(level * 8 + 4))
    }
    let end = UInt64(levels * 8 + 4)
    image.putNode(.leaf, at: end - 8)
    image.putExtent(0, in: end - 8, offset: 0, blocks: 1, address: end)
    image.own(0..<end + 1, metadata: end)
    return image
  }

  /// Puts a node's type at the start of block `block`, and nothing else.
  public mutating func putNode(_ type: NodeType, at block: UInt64) {
    bytes[Int(block) * 512] = type == .internal ? 1 : 2
  }

  /// Puts an entry into a slot of the internal node at block `node`, and nothing else.
  public mutating func putEntry(
    _ slot: Int, in node: UInt64, offset: UInt64, blocks: UInt64, child: UInt64
  ) {
    let base = Self.entry(slot, in: node)
    put(offset, width: 8, at: base)
    put(blocks, width: 4, at: base + 8)
    put(child, width: 8, at: base + 12)
  }

  /// Puts an extent into a slot of the leaf at block `node`, and nothing else.
  public mutating func putExtent(
    _ slot: Int, in node: UInt64, offset: UInt64, blocks: UInt64, address: UInt64,
    previous: UInt64 = 0, next: UInt64 = 0
  ) {
    let base = Self.extent(slot, in: node)
    put(previous, width: 8, at: base)
    put(next, width: 8, at: base + 8)
    put(offset, width: 8, at: base + 18)
    put(blocks, width: 4, at: base + 26)
    put(address, width: 8, at: base + 30)
  }

  /// The first byte of slot `slot` of the internal node at block `node`.
  public static func entry(_ slot: Int, in node: UInt64) -> Int {
    Int(node) * 512 + 1 + slot * 20
  }

  /// The first byte of slot `slot` of the leaf at block `node`.
  public static func extent(_ slot: Int, in node: UInt64) -> Int {
    Int(node) * 512 + 1 + slot * 38
  }

  /// Sets the bits of `blocks`, which start at 0, and no others, and counters that agree: so many
  /// blocks of metadata, the rest of data.
  public mutating func own(_ blocks: Range<UInt64>, metadata: UInt64) {
    for index in 0..<512 { bytes[Self.bitmap + index] = 0 }
    for block in blocks { setBit(of: block) }
    put(4096 - blocks.upperBound, width: 8, at: 1040)
    put(metadata, width: 8, at: 1048)
    put(blocks.upperBound - metadata, width: 8, at: 1056)
  }

  /// Sets the bit of a block.
  public mutating func setBit(of block: UInt64) {
    bytes[Self.bitmap + Int(block / 8)] |= 1 << UInt8(block % 8)
  }

  /// Clears the bit of a block.
  public mutating func clearBit(of block: UInt64) {
    bytes[Self.bitmap + Int(block / 8)] &= ~(1 << UInt8(block % 8))
  }

  /// Adds so many blocks of zeros at the end.
  public mutating func grow(by blocks: Int) {
    bytes += [UInt8](repeating: 0, count: blocks * 512)
  }

  /// The same image after `change`.
  public func changed(_ change: (inout HandmadeImage) -> Void) -> HandmadeImage {
    var image = self
    change(&image)
    return image
  }
}
