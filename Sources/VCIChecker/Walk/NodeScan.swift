internal import VCIFormat

/// A used slot of a node: an extent of a leaf, or an entry of an internal node.
struct UsedSlot {
  /// The slot.
  let index: Int
  /// The first disk block.
  let offset: UInt64
  /// The number of disk blocks.
  let blocks: UInt64
  /// The address of data or child.
  let address: BlockAddress
  /// An extent's flags; 0 for an entry.
  let flags: UInt8
  /// An extent's reserved byte; 0 for an entry.
  let reserved: UInt8

  private init(
    _ index: Int, offset: BlockOffset, blocks: BlockCount, address: BlockAddress,
    flags: UInt8 = 0, reserved: UInt8 = 0
  ) {
    self.index = index
    self.offset = offset.rawValue
    self.blocks = blocks.rawValue
    self.address = Faults.stored(address)
    self.flags = flags
    self.reserved = reserved
  }

  /// Decodes the extent in slot `index` of the leaf in `node`.
  init(extentIn node: RawSpan, _ index: Int) {
    let extent = Extent(decoding: node, slot: index)
    self.init(
      index, offset: extent.offset, blocks: extent.blocks, address: extent.address,
      flags: extent.flags, reserved: extent.reserved)
  }

  /// Decodes the entry in slot `index` of the internal node in `node`.
  init(entryIn node: RawSpan, _ index: Int) {
    let entry = InternalEntry(decoding: node, slot: index)
    self.init(index, offset: entry.offset, blocks: entry.blocks, address: entry.child)
  }

  /// Whether count and address are both non-zero.
  var isUsed: Bool { blocks != 0 && address != 0 }

  /// Returns the blocks of the file that hold the data of an extent, or the child of an entry.
  func place(_ type: NodeType) -> BlockRange {
    BlockRange(address, type == .leaf ? BlockCount(blocks) : Format.nodeBlocks)
  }
}

/// The slots of a node that breaks a rule by itself; buffers are kept for the next node.
struct NodeScan {
  /// The used slots, in slot order.
  private(set) var used: [UsedSlot] = []
  /// The slots of which only block count or only address is zero, each with the other of the two.
  private(set) var halves: [(index: Int, number: UInt64)] = []
  /// The first used slot after an unused one.
  private(set) var firstAfterGap: Int?
  /// The first byte of unused slots and padding that is not zero, counted from the node's start.
  private(set) var firstStray: Int?
  /// The slots below this one are followed.
  private(set) var limit = 0

  /// Scans the node of type `type` in `node`, 4096 bytes.
  mutating func scan(_ node: RawSpan, _ type: NodeType) {
    let count = type.capacity
    let size = type.slotSize
    used.removeAll(keepingCapacity: true)
    halves.removeAll(keepingCapacity: true)
    firstAfterGap = nil
    firstStray = nil
    limit = count
    var hasGap = false
    for index in 0..<count {
      let slot = type == .leaf ? UsedSlot(extentIn: node, index) : UsedSlot(entryIn: node, index)
      switch (slot.blocks == 0, slot.address == 0) {
      case (false, false):
        if hasGap, firstAfterGap == nil { firstAfterGap = index }
        used.append(slot)
      case (true, true):
        let start = 1 + index * size
        hasGap = true
        if firstStray == nil { firstStray = node.firstNonZero(in: start..<start + size) }
        // After the last used slot nearly every node is zero to its end.
        if node.isZero(from: start + size) { return finish() }
      default: halves.append((index, max(slot.blocks, slot.address.rawValue)))
      }
    }
    if firstStray == nil {
      firstStray = node.firstNonZero(in: type.paddingStart..<Format.nodeSize)
    }
    finish()
  }

  /// The first disk block of all used slots, and the number of blocks from it to the last one;
  /// `nil` if no slot is used.
  var extremes: (lower: UInt64, width: UInt64)? {
    guard let lower = used.lazy.map(\.offset).min() else { return nil }
    var width: UInt64 = 0
    for slot in used {
      let (end, overflow) = (slot.offset - lower).addingReportingOverflow(slot.blocks)
      width = max(width, overflow ? .max : end)
    }
    return (lower, width)
  }

  private mutating func finish() {
    Faults.nodeScanned(&used, &limit, &firstAfterGap)
  }
}
