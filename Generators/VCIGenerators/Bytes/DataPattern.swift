package import VCIFormat

/// The bytes of cached data in generated images: a function of the block's address alone.
///
/// So no image keeps its data in memory, and a block that is read from the wrong address is
/// noticed.
package enum DataPattern {
  /// The word to which address and index are added: "VCIDATA" and a zero byte.
  private static let base: UInt64 = 0x5643_4944_4154_4100

  /// Returns word `index`, from 0 to 63, of `block`.
  ///
  /// The first byte of a block is a multiple of 64, so that no block looks like a node or the start
  /// of a block map.
  package static func word(_ index: UInt64, of block: BlockAddress) -> UInt64 {
    base &+ (block.rawValue << 6 | index)
  }

  /// Fills `range` of `buffer` with the pattern from file offset `offset` on.
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

  /// Writes the whole of `block` at `position`.
  private static func fillBlock(
    _ buffer: inout MutableRawSpan, at position: Int, _ block: BlockAddress
  ) {
    precondition(
      position >= 0 && position <= buffer.byteCount - 512,
      "a block at \(position) of \(buffer.byteCount)")
    // The precondition covers all stores. Without a check each, they become few wide ones.
    unsafe buffer.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      for index in 0..<64 as Range<UInt64> {
        unsafe (start + position).storeBytes(
          of: word(index, of: block).littleEndian, toByteOffset: Int(index) &* 8, as: UInt64.self)
      }
    }
  }
}
