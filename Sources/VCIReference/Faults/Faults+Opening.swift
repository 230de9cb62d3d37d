internal import VCIFormat

/// Faults of probing, opening and closing.
extension Faults {
  /// F-42: probe takes a file that cannot be read for an image.
  ///
  /// - Throws: `error`, unless the fault is planted.
  static func probeFailed(_ error: StorageError) throws(StorageError) -> ProbeAnswer {
    guard Fault.referenceF42.isPlanted else { throw error }
    return .mine
  }

  /// F-39: open checks only signature and version of the header.
  static var skipsHeader: Bool { Fault.referenceF39.isPlanted }

  /// F-40: size and type are forgotten after an open.
  static func remembered(_ header: Header) -> Header {
    #if VCI_FAULTS
      if Fault.referenceF40.isPlanted {
        var forgotten = header
        (forgotten.blocks, forgotten.cacheType) = (0, CacheType.dynamic.rawValue)
        return forgotten
      }
    #endif
    return header
  }

  /// F-48: a reopening that fails leaves a closed image.
  static func reopeningBegins(_ image: CacheImage) {
    #if VCI_FAULTS
      if Fault.referenceF48.isPlanted { image.state = .closed }
    #endif
  }

  /// F-41: a closed image stays in memory.
  static func imageClosed(_ image: CacheImage) {
    #if VCI_FAULTS
      if Fault.referenceF41.isPlanted { _ = unsafe Unmanaged.passRetained(image) }
    #endif
  }

  /// F-07: the flag that a writer sets is never cleared.
  static var keepsFlag: Bool { Fault.referenceF07.isPlanted }
}
