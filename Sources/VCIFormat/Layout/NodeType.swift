/// The two kinds of tree nodes, by what their slots hold.
public enum NodeType: UInt8, CaseIterable, Sendable {
  /// Entries that lead to other nodes.
  case `internal` = 1
  /// Extents.
  case leaf = 2

  /// The number of slots of a node.
  @inlinable
  public var capacity: Int {
    self == .leaf ? Format.extentsPerLeaf : Format.entriesPerInternalNode
  }

  /// The bytes of a slot.
  @inlinable
  public var slotSize: Int { self == .leaf ? Format.extentSize : Format.entrySize }

  /// The first byte after the last slot, counted from the node's start.
  @inlinable
  public var paddingStart: Int { 1 + capacity * slotSize }

  /// The structure in a slot.
  public var slotStructure: Structure { self == .leaf ? .extent : .entry }
}

/// Whether a slot of a node is in use; follows from its block count and its address alone.
public enum SlotState: Sendable {
  /// Both are non-zero.
  case used
  /// Both are zero.
  case unused
  /// One of them is zero: neither used nor unused (VCI-NODE-007).
  case half

  init(blocks: BlockCount, address: BlockAddress) {
    self =
      switch (blocks == 0, address == 0) {
      case (false, false): .used
      case (true, true): .unused
      case (true, false), (false, true): .half
      }
  }
}
