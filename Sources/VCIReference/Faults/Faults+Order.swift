internal import VCIFormat

/// Faults of the order of writes and flushes, and of what a recovery trusts.
extension Faults {
  /// There is no flush between the nodes and the header that leads to them.
  static var skipsFlush: Bool { Fault.orderNoFlushBeforeRoot.isPlanted }

  /// The header leads to the new root before the nodes are written.
  static var publishesFirst: Bool { Fault.orderRootBeforeNodes.isPlanted }

  /// Blocks of the durable tree are free before a newer tree is durable.
  static var reusesAtOnce: Bool { Fault.orderReuseBeforeDurable.isPlanted }

  /// The flag is cleared before list, bits and counters are written.
  static var clearsFlagFirst: Bool { Fault.orderFlagClearedEarly.isPlanted }

  /// The flag is set after the first flush that changes the tree.
  static var setsFlagLate: Bool { Fault.orderFlagSetLate.isPlanted }

  /// The bits and counters of a dirty image are left as they are.
  static var trustsBitmap: Bool { Fault.orderBitmapTrusted.isPlanted }

  /// Whether a flush is left out because the file is as long as at the last one.
  static func trustsLength(of writer: ImageWriter) -> Bool {
    #if VCI_FAULTS
      guard Fault.orderLengthTrusted.isPlanted else { return false }
      defer { writer.flushedByteCount = writer.byteCount }
      return writer.flushedByteCount == writer.byteCount
    #else
      return false
    #endif
  }
}
