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
}
