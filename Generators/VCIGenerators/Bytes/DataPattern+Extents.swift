internal import VCIFormat

extension DataPattern {
  /// The most blocks of an extent that has the pattern throughout.
  private static let mostWhole: UInt64 = 1 << 14
  /// The blocks of each piece of a longer one.
  private static let piece: UInt64 = 64

  /// Returns the number of bytes of the pattern that an extent's data has at most.
  static func byteCount(of data: BlockRange) -> UInt64 {
    data.count.rawValue > mostWhole ? 5 * BlockCount(piece).bytes : data.count.bytes
  }

  /// Adds the blocks of an extent's data that follow the pattern to `blocks`.
  ///
  /// In a long extent these are its first and its last blocks, those in the middle, and those on
  /// both sides of the distances 2^16 and 2^31 from its start. The others are zeros, so that the
  /// file of a long extent takes little room.
  static func addBlocks(of data: BlockRange, to blocks: inout [BlockRange]) {
    let count = data.count.rawValue
    guard count > mostWhole else { return blocks.append(data) }
    let first = data.first.rawValue
    for centre in [piece / 2, 1 << 16, 1 << 31, count / 2, count - piece / 2]
    where centre <= count - piece / 2 {
      blocks.append(BlockRange(BlockAddress(first + centre - piece / 2), BlockCount(piece)))
    }
  }
}

extension ImagePlan {
  /// The blocks of cached data that follow the data pattern. Pieces may overlap.
  var patternBlocks: [BlockRange] {
    var blocks: [BlockRange] = []
    for node in nodes {
      for extent in node.extents { DataPattern.addBlocks(of: extent.data, to: &blocks) }
    }
    return blocks
  }
}
