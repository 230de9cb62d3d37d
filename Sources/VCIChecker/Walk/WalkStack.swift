internal import VCIFormat

/// The nodes on the way from the root to the current one: their bytes, and a cursor in each.
///
/// There are at most 16 levels, whatever the image.
struct WalkStack {
  /// The position of the walk in an internal node.
  struct Cursor {
    /// The node's index in the table.
    var node: UInt32 = 0
    var address: BlockAddress = 0
    /// The next slot, and the one at which the walk leaves the node.
    var next = 0
    var limit = 0
  }

  /// The nodes' bytes, level by level.
  private var bytes = [UInt8](repeating: 0, count: Format.maximumLevels * Format.nodeSize)
  private var cursors = [Cursor](repeating: Cursor(), count: Format.maximumLevels)

  /// The cursor at `level`, counted from 0.
  subscript(level: Int) -> Cursor {
    get { cursors[level] }
    set { cursors[level] = newValue }
  }

  /// Reads the node at `address` for `level` from a file of `size` bytes, with zeros after its end.
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
    _ = try Examination.fill(
      &bytes, in: start..<start + count, from: source, at: address.bytes, size: size)
  }

  /// Returns the summary of the leaf at `level`, node `index` of the table, and adds the claims of
  /// its extents; `nil` if it breaks a rule. A leaf without extents breaks VCI-NODE-010 unless it
  /// is the root.
  func fastPathOfLeaf(
    at level: Int, _ index: UInt32, dataBefore end: UInt64, into claims: inout ClaimList
  ) -> NodeFastPath? {
    var fastPath: NodeFastPath?
    claims.addLeaf { leaf in
      fastPath = unsafe NodeFastPath.leaf(
        bytes.span.bytes.extracting(Self.range(level)), index, dataBefore: end, into: &leaf)
      if fastPath?.used == 0, level > 0 { fastPath = nil }
      return fastPath != nil
    }
    return fastPath
  }

  /// Returns the summary of the internal node at `level`; `nil` if it breaks a rule.
  func fastPathOfInternalNode(at level: Int) -> NodeFastPath? {
    unsafe NodeFastPath.internalNode(bytes.span.bytes.extracting(Self.range(level)))
  }

  func scan(at level: Int, _ type: NodeType, into scan: inout NodeScan) {
    unsafe scan.scan(bytes.span.bytes.extracting(Self.range(level)), type)
  }

  /// The bytes of the node at `level`.
  private static func range(_ level: Int) -> Range<Int> {
    level * Format.nodeSize..<(level + 1) * Format.nodeSize
  }

  /// Returns the number at `offset` of the node at `level`.
  func number<Number: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, ofNodeAt level: Int, as type: Number.Type = Number.self
  ) -> Number {
    unsafe bytes.span.bytes.number(at: level * Format.nodeSize + offset)
  }

  /// Returns the next used slot of the internal node at `level`; `nil` after the last one.
  mutating func nextEntry(at level: Int) -> UsedSlot? {
    while cursors[level].next < cursors[level].limit {
      let index = cursors[level].next
      cursors[level].next += 1
      let slot = unsafe UsedSlot(
        entryIn: bytes.span.bytes.extracting(Self.range(level)), index)
      if slot.isUsed { return slot }
    }
    return nil
  }

  /// Returns the level, counted from 0 and at most `level`, of the node at `address`, if any.
  func find(_ address: BlockAddress, upTo level: Int) -> Int? {
    cursors[...level].firstIndex { $0.address == address }
  }
}
