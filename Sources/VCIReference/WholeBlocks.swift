public import VCIFormat

extension BlockCount {
  /// Makes the count of the blocks that have `bytes` bytes; never rounded.
  ///
  /// - Throws: `ImageError.partialBlock` where they are no whole blocks.
  public init(bytes: UInt64) throws(ImageError) { self.init(try wholeBlocks(bytes)) }
}

extension BlockOffset {
  /// Makes the offset of the block that starts at byte `bytes` of the disk; never rounded.
  ///
  /// - Throws: `ImageError.partialBlock` where none does.
  public init(bytes: UInt64) throws(ImageError) { self.init(try wholeBlocks(bytes)) }
}

private func wholeBlocks(_ bytes: UInt64) throws(ImageError) -> UInt64 {
  guard bytes % Format.blockSize == 0 else { throw .partialBlock(bytes: bytes) }
  return bytes / Format.blockSize
}
