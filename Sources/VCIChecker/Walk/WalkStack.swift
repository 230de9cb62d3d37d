internal import VCIFormat

/// The nodes on the way from the root to the one that is looked at: their bytes, and how far the
/// walk is in each.
///
/// There are at most 16 of them, so no image makes it deeper.
struct NodeLevels {
  /// How far the walk is in an internal node.
  struct Stand {
    /// The node, as the table counts.
    var node: UInt32 = 0
    var address: BlockAddress = 0
    /// The next slot to look at, and the one to stop at.
    var next = 0
    var limit = 0
  }

  /// The nodes' bytes, level by level.
  private var bytes = [UInt8](repeating: 0, count: Format.maximumLevels * Format.nodeSize)
  private var stands = [Stand](repeating: Stand(), count: Format.maximumLevels)

  /// Where the walk stands at `level`, counted from 0.
  subscript(level: Int) -> Stand {
    get { stands[level] }
    set { stands[level] = newValue }
  }

  /// Reads the node at `address` for `level` from a file of `size` bytes; what it does not have of the
  /// node is zero.
  mutating func read(
    _ address: BlockAddress, at level: Int, _ source: any ByteSource, size: UInt64
  ) throws(StorageError) {
    try read(Format.nodeSize, address, at: level, source, size: size)
  }

  /// Reads the first `count` bytes of the node at `address` for `level`.
  mutating func read(
    _ count: Int, _ address: BlockAddress, at level: Int, _ source: any ByteSource, size: UInt64
  ) throws(StorageError) {
    let start = level * Format.nodeSize
    _ = try bytes.withMutableBytes(in: start..<start + count) { part throws(StorageError) in
      try Examination.fill(&part, from: source, at: address.bytes, size: size)
    }
  }

  /// Looks at the leaf at `level`, which is node `index` of the table, and adds the claims of its
  /// extents where all is in order; see `Glance.leaf`. A leaf without extents is in order only where
  /// it is the root.
  func glanceAtLeaf(
    at level: Int, _ index: UInt32, dataBefore end: UInt64, into claims: inout ClaimList
  ) -> Glance? {
    var glance: Glance?
    claims.addLeaf { leaf in
      glance = unsafe Glance.leaf(
        bytes.span.bytes.extracting(Self.range(level)), index, dataBefore: end, into: &leaf)
      if glance?.used == 0, level > 0 { glance = nil }
      return glance != nil
    }
    return glance
  }

  /// Looks at the internal node at `level`; see `Glance.internalNode`.
  func glanceAtInternalNode(at level: Int) -> Glance? {
    unsafe Glance.internalNode(bytes.span.bytes.extracting(Self.range(level)))
  }

  /// Scans the node at `level`, of type `type`.
  func scan(at level: Int, _ type: NodeType, into scan: inout NodeScan) {
    unsafe scan.scan(bytes.span.bytes.extracting(Self.range(level)), type)
  }

  /// Which of the bytes are those of the node at `level`.
  private static func range(_ level: Int) -> Range<Int> {
    level * Format.nodeSize..<(level + 1) * Format.nodeSize
  }

  /// The number at `offset` of the node at `level`.
  func number<Number: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, ofNodeAt level: Int, as type: Number.Type = Number.self
  ) -> Number {
    unsafe bytes.span.bytes.number(at: level * Format.nodeSize + offset)
  }

  /// The used slot that comes next in the internal node at `level`; `nil` behind the last one.
  mutating func nextEntry(at level: Int) -> UsedSlot? {
    while stands[level].next < stands[level].limit {
      let index = stands[level].next
      stands[level].next += 1
      let slot = unsafe UsedSlot(
        entryIn: bytes.span.bytes.extracting(Self.range(level)), index)
      if slot.isUsed { return slot }
    }
    return nil
  }

  /// The level, counted from 0, of the node at `address`, where it is the one at `level` or above.
  func find(_ address: BlockAddress, upTo level: Int) -> Int? {
    stands[...level].firstIndex { $0.address == address }
  }
}
