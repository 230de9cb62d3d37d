public import VCIFormat

/// How a caller that counts in bytes comes to blocks, which are what every request is in.
extension BlockQuantity {
  /// Makes the quantity of `bytes` bytes.
  ///
  /// - Throws: `ImageError.partialBlock` where that is no whole number of blocks: a place or a count is
  ///   never rounded.
  public init(bytes: UInt64) throws(ImageError) {
    guard bytes % Format.blockSize == 0 || Faults.roundsBytes else {
      throw .partialBlock(bytes: bytes)
    }
    self.init(bytes / Format.blockSize)
  }
}
