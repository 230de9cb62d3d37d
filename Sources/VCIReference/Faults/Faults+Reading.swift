internal import VCIFormat

/// Faults of searches and reads.
extension Faults {
  /// F-49: block addresses are taken for bytes, and multiplied once more.
  static func position(of address: BlockAddress) -> UInt64 {
    Fault.referenceF49.isPlanted ? BlockAddress(address.bytes).bytes : address.bytes
  }

  /// F-31: addresses are taken modulo 2^55.
  static func stored(_ address: BlockAddress) -> BlockAddress {
    Fault.referenceF31.isPlanted ? BlockAddress(address.rawValue & (1 << 55 - 1)) : address
  }

  /// F-29: a node that cannot be read is taken for a leaf without extents.
  static var losesErrors: Bool { Fault.referenceF29.isPlanted }

  /// Makes `bytes` an empty leaf (F-29).
  ///
  /// - Throws: `error`, unless the fault is planted.
  static func nodeNotRead(
    _ error: ImageError, _ bytes: inout [UInt8]
  ) throws(ImageError) {
    #if VCI_FAULTS
      if losesErrors {
        bytes = [NodeType.leaf.rawValue] + [UInt8](repeating: 0, count: Format.nodeSize - 1)
        return
      }
    #endif
    throw error
  }

  /// F-30: a cycle is followed to the last level, and is a miss.
  static var followsCycles: Bool { Fault.referenceF30.isPlanted }

  /// The empty leaf at which a followed cycle ends; `nil` unless F-30 is planted.
  static func endOfCycle(
    _ entry: ChildEntry, _ trail: [StoredTree.Step], in tree: StoredTree
  ) -> StoredTree.KeptNode? {
    #if VCI_FAULTS
      guard followsCycles, entry.closesCycle(trail) else { return nil }
      for _ in Int(entry.path.depth)..<Format.maximumLevels {
        try? tree.read(nodeAt: entry.child.first)
      }
      return StoredTree.KeptNode(address: entry.child.first, type: .leaf, count: 0, first: 0)
    #else
      return nil
    #endif
  }

  /// F-26: a search that finds no entry at `start` reads the node on and on.
  static func entryFound(
    _ index: Int, from start: BlockOffset, in node: StoredTree.KeptNode, of tree: StoredTree
  ) {
    #if VCI_FAULTS
      let isMiss = index == node.end || tree.entry(index).offset > start
      if isMiss, Fault.referenceF26.isPlanted { searchOnAndOn(in: node, of: tree) }
    #endif
  }

  /// F-25: a search that finds no extent at `start`, but one to its left, reads the node on and on.
  /// F-37: the next extent is passed over.
  static func extentFound(
    _ index: Int, from start: BlockOffset, in node: StoredTree.KeptNode, of tree: StoredTree
  ) -> Int {
    #if VCI_FAULTS
      guard index == node.end || tree.extent(index).offset > start else { return index }
      if index > node.first, Fault.referenceF25.isPlanted { searchOnAndOn(in: node, of: tree) }
      return Fault.referenceF37.isPlanted ? index + 1 : index
    #else
      return index
    #endif
  }

  #if VCI_FAULTS
    /// Reads so often that a watch over the reads notices.
    private static func searchOnAndOn(in node: StoredTree.KeptNode, of tree: StoredTree) {
      for _ in 0..<4000 { try? tree.read(nodeAt: node.address) }
    }
  #endif

  /// F-43: a miss is as long as the request, whatever is cached after it.
  static func missed(_ count: BlockCount, of request: BlockCount) -> BlockCount {
    Fault.referenceF43.isPlanted ? request : count
  }

  /// F-44: a read that fails is a hit.
  ///
  /// - Throws: `error`, unless the fault is planted.
  static func dataNotRead(_ error: ImageError) throws(ImageError) {
    guard Fault.referenceF44.isPlanted else { throw error }
  }
}
