internal import VCIFormat

/// Hooks for the faults of the original program (F-NN in `Fault`), each named at one place.
///
/// A hook is called where a fault acts. It does nothing, or returns its argument, unless the fault
/// is planted, which only builds with `-D VCI_FAULTS` can do; any other build optimises it away.
/// Whoever reads the code that calls a hook may skip it.
enum Faults {
  /// F-21: a map of a single block, which has no bits, is taken. F-23: so is a map that is too
  /// small for up to 4095 blocks.
  static func takesMap(of header: Header) -> Bool {
    #if VCI_FAULTS
      if Fault.checkerF21.isPlanted, header.blockMapBlocks == 1 { return true }
      if Fault.checkerF23.isPlanted {
        return header.blockMapBlocks.rawValue == 1 + header.blocks.rawValue / 4096
      }
    #endif
    return false
  }

  /// F-22: the sum of the counters is taken modulo 2^64.
  static var wrapsCounters: Bool { Fault.checkerF22.isPlanted }

  /// F-27: used slots are counted everywhere, but read from the start of the node on.
  static func nodeScanned(
    _ used: inout [UsedSlot], _ limit: inout Int, _ firstAfterGap: inout Int?
  ) {
    #if VCI_FAULTS
      guard Fault.checkerF27.isPlanted else { return }
      let count = used.count
      limit = count
      used.removeAll { $0.index >= count }
      firstAfterGap = nil
    #endif
  }

  /// F-30: a cycle is followed as if it led to a new node, while there are fewer than 64 of them.
  static func followsCycle(in nodes: Int) -> Bool { Fault.checkerF30.isPlanted && nodes < 64 }

  /// F-31: addresses are taken modulo 2^55, as their bytes are modulo 2^64.
  static func stored(_ address: BlockAddress) -> BlockAddress {
    Fault.checkerF31.isPlanted ? BlockAddress(address.rawValue & (1 << 55 - 1)) : address
  }

  /// F-32: the ends of runs are taken modulo 2^64.
  static var wrapsEnds: Bool { Fault.checkerF32.isPlanted }

  /// F-33: used slots are compared with the first one of the node only.
  static func keepsFirstEnd(at turn: Int) -> Bool { Fault.checkerF33.isPlanted && turn > 0 }

  /// F-34: neither a child outside its entry's range nor a shared one is found.
  static var skipsNaming: Bool { Fault.checkerF34.isPlanted }
}
