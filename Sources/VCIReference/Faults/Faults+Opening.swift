internal import VCIFormat

/// Faults of probing, opening and closing.
extension Faults {
  /// F-42: probe takes a file that cannot be read for an image.
  ///
  /// - Throws: `error`, unless the fault is planted.
  @inline(__always)
  static func probeFailed(_ error: StorageError) throws(StorageError) -> ProbeAnswer {
    guard Fault.referenceF42.isPlanted else { throw error }
    return .mine
  }

  /// F-39: open checks only signature and version of the header.
  static var skipsHeader: Bool { Fault.referenceF39.isPlanted }

  /// F-40: size and type are forgotten after an open.
  @inline(__always)
  static func remembered(_ header: Header) -> Header {
    #if VCI_FAULTS
      guard Fault.referenceF40.isPlanted else { return header }
      var forgotten = header
      forgotten.blocks = 0
      forgotten.cacheType = CacheType.dynamic.rawValue
      return forgotten
    #else
      return header
    #endif
  }

  /// F-48: a reopening that fails leaves a closed image.
  @inline(__always)
  static func reopeningBegins(_ image: CacheImage) {
    #if VCI_FAULTS
      if Fault.referenceF48.isPlanted { image.state = .closed }
    #endif
  }

  /// F-41: a closed image stays in memory.
  @inline(__always)
  static func imageClosed(_ image: CacheImage) {
    #if VCI_FAULTS
      if Fault.referenceF41.isPlanted { _ = unsafe Unmanaged.passRetained(image) }
    #endif
  }

  /// F-07: the flag that a writer sets is never cleared.
  static var keepsFlag: Bool { Fault.referenceF07.isPlanted }
}
