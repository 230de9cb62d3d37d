internal import VCIFormat

/// Faults of what is required of nodes and slots.
extension Faults {
  /// F-36: a node of unknown type is reported as want of memory.
  ///
  /// - Throws: `ImageError.storage` if the fault is planted.
  static func unknownNodeType(at start: UInt64) throws(ImageError) {
    #if VCI_FAULTS
      guard Fault.referenceF36.isPlanted else { return }
      throw .storage(StorageError(.read, offset: start, code: 12, reason: "out of memory"))
    #endif
  }

  /// F-27: used slots after a gap vanish.
  static var endsAtGaps: Bool { Fault.referenceF27.isPlanted }

  /// F-28: an extent at address 0 serves the header.
  static var takesAddressZero: Bool { Fault.referenceF28.isPlanted }

  /// The end of a disk range; `nil` if 64 bits cannot hold it. F-32: it is taken modulo 2^64.
  static func end(of offset: BlockOffset, _ blocks: BlockCount) -> BlockOffset? {
    guard Fault.referenceF32.isPlanted else { return offset.adding(blocks) }
    return BlockOffset(offset.rawValue &+ blocks.rawValue)
  }

  /// F-33: slots need not be in order and apart.
  static var skipsOrder: Bool { Fault.referenceF33.isPlanted }

  /// F-34: a child outside of its entry's range is served.
  static var skipsEntryRanges: Bool { Fault.referenceF34.isPlanted }

  /// F-35: data with flags is served.
  static var servesFlags: Bool { Fault.referenceF35.isPlanted }
}
