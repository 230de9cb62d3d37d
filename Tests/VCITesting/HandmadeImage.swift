/// An image whose bytes are typed by hand, from the tables of the specification: no encoder of the
/// suite has a part in it.
///
/// It is a cache of 2 MiB, 4096 blocks: header at block 0, a map of 2 blocks at block 2 (byte 1024),
/// a root leaf at block 4 (byte 2048), data from block 12 (byte 6144) on.
public struct HandmadeImage: Sendable {
  /// The bytes.
  public var bytes: [UInt8]

  /// Byte 0 of the bitmap.
  public static let bitmap = 1536
  /// Byte 0 of the root.
  public static let root = 2048

  /// A fresh image, with room for `data` blocks of data that nobody owns yet.
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

  /// The same image after `change`.
  public func changed(_ change: (inout HandmadeImage) -> Void) -> HandmadeImage {
    var image = self
    change(&image)
    return image
  }
}
