internal import VCIFormat

/// Faults of creation and of its arguments.
extension Faults {
  /// F-04: the size of a new cache is rounded down to whole blocks.
  static var roundsSizes: Bool { Fault.referenceF04.isPlanted }

  /// F-47: a number of bytes is rounded down to whole blocks.
  static var roundsBytes: Bool { Fault.referenceF47.isPlanted }

  /// F-05: a new fixed image gets no space.
  static var skipsSpace: Bool { Fault.referenceF05.isPlanted }

  /// F-02: the last 1 to 7 blocks have no bit. F-03: the bytes of the bitmap are counted in 32
  /// bits.
  static func blocksWithBits(_ blocks: BlockCount) -> BlockCount {
    #if VCI_FAULTS
      var counted = blocks.rawValue
      if Fault.referenceF02.isPlanted { counted -= counted % 8 }
      if Fault.referenceF03.isPlanted { counted %= 1 << 35 }
      return BlockCount(counted)
    #else
      return blocks
    #endif
  }

  /// F-06: the image's UUID is ignored.
  static func imageUUID(_ uuid: ImageUUID) -> ImageUUID {
    Fault.referenceF06.isPlanted ? .nil : uuid
  }

  /// F-08: if map or root cannot be written, the file is emptied, and creation succeeds.
  ///
  /// - Throws: `ImageError.storage` of `error`, unless the fault is planted.
  static func treeNotWritten(
    _ error: StorageError, to storage: some Storage
  ) throws(ImageError) {
    #if VCI_FAULTS
      if Fault.referenceF08.isPlanted, (try? storage.resize(to: 0)) != nil { return }
    #endif
    throw .storage(error)
  }

  /// F-09: a creation that fails removes whatever has the file's name.
  static var removesOthers: Bool { Fault.referenceF09.isPlanted }

  /// F-10: block addresses are taken for bytes.
  static func writePosition(_ offset: UInt64) -> UInt64 {
    Fault.referenceF10.isPlanted ? offset / Format.blockSize : offset
  }
}
