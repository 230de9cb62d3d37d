public import VCIFormat

/// For callers that count in bytes: all requests are in blocks.
extension BlockQuantity {
  /// Makes the quantity of `bytes` bytes.
  ///
  /// - Throws: `ImageError.partialBlock` if that is no whole number of blocks: nothing is ever
  ///   rounded.
  public init(bytes: UInt64) throws(ImageError) {
    guard bytes % Format.blockSize == 0 || Faults.roundsBytes else {
      throw .partialBlock(bytes: bytes)
    }
    self.init(bytes / Format.blockSize)
  }
}
