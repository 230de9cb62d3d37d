public import VCIFormat

/// What stands in the blocks that hold cached data: a function of the block's address alone, so
/// that no image needs to keep its data in memory, and a block that is read from the wrong place
/// shows.
public enum DataPattern {
  /// The word in which only block and position are added: "VCIDATA" and a zero byte.
  private static let base: UInt64 = 0x5643_4944_4154_4100

  /// Word `index`, from 0 to 63, of file block `block`.
  ///
  /// The first byte of a block is a multiple of 64, so no block passes for a node, nor for the
  /// start of a block map.
  public static func word(_ index: UInt64, of block: BlockAddress) -> UInt64 {
    base &+ (block.rawValue << 6 | index)
  }

  /// Fills `range` of `buffer` with the bytes from byte `offset` of the file on.
  static func fill(_ buffer: inout MutableRawSpan, _ range: Range<Int>, from offset: UInt64) {
    var position = range.lowerBound
    while position < range.upperBound {
      let byte = offset + UInt64(position - range.lowerBound)
      if byte & 511 == 0, position + 512 <= range.upperBound {
        fillBlock(&buffer, at: position, BlockAddress(byte >> 9))
        position += 512
        continue
      }
      let word = word(byte >> 3 & 63, of: BlockAddress(byte >> 9))
      if byte & 7 == 0, position + 8 <= range.upperBound {
        buffer.put(word, at: position)
        position += 8
      } else {
        buffer.put(UInt8(truncatingIfNeeded: word >> ((byte & 7) * 8)), at: position)
        position += 1
      }
    }
  }

  /// Puts all of `block` at `position`.
  private static func fillBlock(
    _ buffer: inout MutableRawSpan, at position: Int, _ block: BlockAddress
  ) {
    precondition(
      position >= 0 && position <= buffer.byteCount - 512,
      "a block at \(position) of \(buffer.byteCount)")
    // The stores stay inside the block, which was seen to fit; without checks they become few wide
    // ones.
    unsafe buffer.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      for index in 0..<64 as Range<UInt64> {
        unsafe (start + position).storeBytes(
          of: word(index, of: block).littleEndian, toByteOffset: Int(index) &* 8, as: UInt64.self)
      }
    }
  }
}
