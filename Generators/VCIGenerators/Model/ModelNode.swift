internal import VCIFormat

/// A node of an image under edits: what its fields say, wherever entries lead to it.
///
/// Its slots are those of what the plan made it; where its type says something else, `view` says
/// what a program makes of the same bytes.
struct ModelNode: Hashable, Sendable {
  /// What the plan made it, or an edit since.
  private(set) var kind: NodeType
  /// Where the plan put it.
  let place: BlockRange
  /// The slots of the plan's tree that lead to it.
  let path: NodePath
  /// The indices of the nodes to which the plan's entries lead, by slot.
  let children: [Int]
  /// What the type's byte says.
  var type: UInt8
  /// A leaf's slots, up to the last one that has a byte other than zero.
  var extents: [Extent] = []
  /// An internal node's slots, up to the last one that has a byte other than zero.
  var entries: [InternalEntry] = []
  /// The bytes behind the last slot that are not zero.
  var padding = StrayBytes()

  /// The node of a plan's tree at `index`, to which `path` leads.
  init(_ plan: ImagePlan, _ index: Int, path: NodePath) {
    let node = plan.nodes[index]
    kind = node.type
    place = node.place
    self.path = path
    type = node.type.rawValue
    extents = node.extents
    children = node.entries.map(\.node)
    entries = node.entries.map { entry in
      InternalEntry(
        offset: entry.offset, blocks: entry.blocks, child: plan.nodes[entry.node].address)
    }
  }

  /// Takes everything out of it, and makes it a node of `type`.
  mutating func empty(as type: NodeType) {
    kind = type
    self.type = type.rawValue
    extents = []
    entries = []
    padding = StrayBytes()
  }

  /// The first byte behind the slots of a node of `kind`.
  static func paddingStart(of kind: NodeType) -> Int {
    switch kind {
    case .leaf: 1 + Format.extentsPerLeaf * Format.extentSize
    case .internal: 1 + Format.entriesPerInternalNode * Format.entrySize
    }
  }

  /// How many slots a node of `kind` has.
  static func capacity(of kind: NodeType) -> Int {
    switch kind {
    case .leaf: Format.extentsPerLeaf
    case .internal: Format.entriesPerInternalNode
    }
  }

  /// The node's bytes.
  func lowered() -> [UInt8] {
    var piece = [UInt8](repeating: 0, count: Format.nodeSize)
    var span = piece.mutableSpan
    var bytes = unsafe span.mutableBytes
    bytes.put(type, at: Field.nodeType.offset)
    for slot in extents.indices { extents[slot].encode(into: &bytes, slot: slot) }
    for slot in entries.indices { entries[slot].encode(into: &bytes, slot: slot) }
    let start = Self.paddingStart(of: kind)
    for stray in padding.all { bytes.put(stray.byte, at: start + stray.place) }
    return piece
  }

  /// What the node is to a program that believes its type; `nil` where that is neither.
  ///
  /// A node whose type is not the planned one is read through its bytes.
  func view() -> ModelNode? {
    guard let type = NodeType(rawValue: type) else { return nil }
    guard type != kind else { return self }
    return ModelNode(self, seenAs: type)
  }

  private init(_ node: ModelNode, seenAs type: NodeType) {
    kind = type
    place = node.place
    path = node.path
    children = []
    self.type = node.type
    let bytes = node.lowered()
    unsafe decode(bytes.span.bytes)
  }

  /// The node in `bytes`, 4096 of them, of which nobody knows a plan; `nil` where its type is
  /// neither.
  init?(decoding bytes: RawSpan) {
    let type: UInt8 = bytes.number(at: Field.nodeType.offset)
    guard let kind = NodeType(rawValue: type) else { return nil }
    self.kind = kind
    place = BlockRange(0, Format.nodeBlocks)
    path = .root
    children = []
    self.type = type
    decode(bytes)
  }

  /// Takes slots and padding from the node's bytes.
  private mutating func decode(_ bytes: RawSpan) {
    let start = Self.paddingStart(of: kind)
    // Most nodes are nearly empty: what lies behind the last byte that is not zero is no slot.
    let slotBytes = bytes.endOfNonZero(in: 1..<start) - 1
    switch kind {
    case .leaf:
      extents = (0..<(slotBytes + Format.extentSize - 1) / Format.extentSize).map {
        Extent(decoding: bytes, slot: $0)
      }
    case .internal:
      entries = (0..<(slotBytes + Format.entrySize - 1) / Format.entrySize).map {
        InternalEntry(decoding: bytes, slot: $0)
      }
    }
    var place = start
    while let stray = bytes.firstNonZero(in: place..<Format.nodeSize) {
      padding.put(bytes.number(at: stray), at: stray - start)
      place = stray + 1
    }
  }
}

extension ModelNode {
  /// How many slots there are, up to the last one that has a byte other than zero.
  var slotCount: Int { kind == .leaf ? extents.count : entries.count }

  /// The state of a slot.
  func state(of slot: Int) -> SlotState {
    kind == .leaf ? extents[slot].slotState : entries[slot].slotState
  }

  /// Whether some slot is used.
  var isUsed: Bool { (0..<slotCount).contains { state(of: $0) == .used } }

  /// The used slots, in slot order.
  var usedSlots: some BidirectionalCollection<Int> {
    (0..<slotCount).lazy.filter { state(of: $0) == .used }
  }

  /// What the used slots cover of the disk, in slot order.
  var usedRanges: some BidirectionalCollection<SlotRange> {
    usedSlots.lazy.map { range(of: $0) }
  }

  private func range(of slot: Int) -> SlotRange {
    switch kind {
    case .leaf: SlotRange(slot, extents[slot].offset, extents[slot].blocks)
    case .internal: SlotRange(slot, entries[slot].offset, entries[slot].blocks)
    }
  }

  /// The first byte of unused slots and padding that is not zero, counted from the node's start.
  var firstStray: Int? {
    for (slot, extent) in extents.enumerated() where extent.slotState == .unused {
      if let stray = extent.firstStray { return 1 + slot * Format.extentSize + stray }
    }
    for (slot, entry) in entries.enumerated() where entry.slotState == .unused {
      guard entry.offset != 0 else { continue }
      return 1 + slot * Format.entrySize + entry.offset.rawValue.trailingZeroBitCount / 8
    }
    return padding.first.map { Self.paddingStart(of: kind) + $0 }
  }
}

extension Extent {
  /// The first byte that is not zero of a slot that is not used.
  fileprivate var firstStray: Int? {
    if previous != 0 { return previous.rawValue.trailingZeroBitCount / 8 }
    if next != 0 { return 8 + next.rawValue.trailingZeroBitCount / 8 }
    if flags != 0 { return 16 }
    if reserved != 0 { return 17 }
    return offset == 0 ? nil : 18 + offset.rawValue.trailingZeroBitCount / 8
  }
}

/// What a used slot covers of the disk; its end is counted without bound.
struct SlotRange {
  let slot: Int
  let lower: UInt128
  let upper: UInt128

  init(_ slot: Int, _ offset: BlockOffset, _ blocks: BlockCount) {
    self.slot = slot
    lower = UInt128(offset.rawValue)
    upper = lower + UInt128(blocks.rawValue)
  }
}
