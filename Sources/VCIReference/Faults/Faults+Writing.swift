internal import VCIFormat

/// Faults of writes, and of what a close stores.
extension Faults {
  /// F-46: a write claims success and writes nothing.
  static var skipsWrites: Bool { Fault.referenceF46.isPlanted }

  /// F-45: a write goes on and on, so often that a watch over the writes notices.
  static func dataWritten(
    _ bytes: RawSpan, to data: BlockRange, by writer: ImageWriter
  ) throws(ImageError) {
    #if VCI_FAULTS
      guard Fault.referenceF45.isPlanted else { return }
      for _ in 0..<4000 { try writer.write(bytes, at: data.first.bytes) }
    #endif
  }

  /// F-38: links and reserved byte of an extent are lost when its node is written.
  static func encoded(_ extent: Extent) -> Extent {
    guard Fault.referenceF38.isPlanted else { return extent }
    return Extent(offset: extent.offset, blocks: extent.blocks, address: extent.address)
  }

  /// F-01: the bitmap has whole blocks only; bits after them are neither read nor written.
  static func bitmapBlocks(_ count: BlockCount, for blocks: BlockCount) -> BlockCount {
    guard Fault.referenceF01.isPlanted else { return count }
    return BlockCount(blocks.rawValue / Format.bitsPerMapBlock)
  }

  /// F-24: if a block of the bitmap cannot be written, and it is not the last one, saving goes on
  /// in silence.
  ///
  /// - Throws: `error`, unless the fault is planted.
  static func bitmapNotWritten(_ error: StorageError, isLast: Bool) throws(StorageError) {
    guard Fault.referenceF24.isPlanted, !isLast else { throw error }
  }
}
