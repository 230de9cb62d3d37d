internal import VCIFormat

/// A node of an image under edits.
///
/// It has the slots of the type that the plan gave it. If an edit changed the type byte, `view()`
/// has the same bytes decoded as the other type.
struct ModelNode: Hashable, Sendable {
  /// The type that the plan gave it, or the last `empty(as:)`.
  private(set) var kind: NodeType
  /// The node's blocks.
  var range: BlockRange
  /// The path that leads to it in the plan.
  let path: NodePath
  /// The indices of the plan's children, by slot.
  let children: [Int]
  /// The type byte.
  var type: UInt8
  /// A leaf's slots up to the last one with a nonzero byte.
  var extents: [Extent] = []
  /// An internal node's slots up to the last one with a nonzero byte.
  var entries: [InternalEntry] = []
  /// The nonzero bytes after the last slot.
  var padding = StrayBytes()

  /// Makes node `index` of a plan, to which `path` leads.
  init(_ plan: ImagePlan, _ index: Int, path: NodePath) {
    let node = plan.nodes[index]
    kind = node.type
    range = node.range
    self.path = path
    type = node.type.rawValue
    extents = node.extents
    children = node.entries.map(\.node)
    entries = node.entries.map { entry in
      InternalEntry(
        offset: entry.offset, blocks: entry.blocks, child: plan.nodes[entry.node].address)
    }
  }

  /// Makes it an empty node of `type`.
  mutating func empty(as type: NodeType) {
    kind = type
    self.type = type.rawValue
    extents = []
    entries = []
    padding = StrayBytes()
  }

  /// Returns the node's bytes.
  func encode() -> [UInt8] {
    [UInt8](zeros: Format.nodeSize) { bytes in
      bytes.put(type, at: Field.nodeType.offset)
      for slot in extents.indices { extents[slot].encode(into: &bytes, slot: slot) }
      for slot in entries.indices { entries[slot].encode(into: &bytes, slot: slot) }
      let start = kind.paddingStart
      for stray in padding.all { bytes.put(stray.byte, at: start + stray.offset) }
    }
  }

  /// Returns the node as its type byte says; `nil` if that is no type.
  func view() -> ModelNode? {
    guard let type = NodeType(rawValue: type) else { return nil }
    guard type != kind else { return self }
    return ModelNode(self, seenAs: type)
  }

  private init(_ node: ModelNode, seenAs type: NodeType) {
    kind = type
    range = node.range
    path = node.path
    children = []
    self.type = node.type
    let bytes = node.encode()
    unsafe decode(bytes.span.bytes)
  }

  /// Decodes a node from 4096 bytes of an image without a model; `nil` if its type byte is no type.
  init?(decoding bytes: RawSpan) {
    let type: UInt8 = bytes.number(at: Field.nodeType.offset)
    guard let kind = NodeType(rawValue: type) else { return nil }
    self.kind = kind
    range = BlockRange(0, Format.nodeBlocks)
    path = .root
    children = []
    self.type = type
    decode(bytes)
  }

  /// Decodes slots and padding.
  private mutating func decode(_ bytes: RawSpan) {
    let start = kind.paddingStart
    // Most nodes are nearly empty; only slots up to the last nonzero byte are decoded.
    let slotBytes = bytes.endOfNonZero(in: 1..<start) - 1
    let slots = 0..<(slotBytes + kind.slotSize - 1) / kind.slotSize
    switch kind {
    case .leaf: extents = slots.map { Extent(decoding: bytes, slot: $0) }
    case .internal: entries = slots.map { InternalEntry(decoding: bytes, slot: $0) }
    }
    var next = start
    while let stray = bytes.firstNonZero(in: next..<Format.nodeSize) {
      padding.put(bytes.number(at: stray), at: stray - start)
      next = stray + 1
    }
  }
}

extension ModelNode {
  /// The number of slots up to the last one with a nonzero byte.
  var slotCount: Int { kind == .leaf ? extents.count : entries.count }

  func state(of slot: Int) -> SlotState {
    kind == .leaf ? extents[slot].slotState : entries[slot].slotState
  }

  /// Whether some slot is used.
  var isUsed: Bool { (0..<slotCount).contains { state(of: $0) == .used } }

  /// The used slots, in slot order.
  var usedSlots: some BidirectionalCollection<Int> {
    (0..<slotCount).lazy.filter { state(of: $0) == .used }
  }

  /// The disk blocks of the used slots, in slot order.
  var usedRanges: some BidirectionalCollection<SlotRange> {
    usedSlots.lazy.map { range(of: $0) }
  }

  /// The disk blocks of a slot.
  func range(of slot: Int) -> SlotRange {
    kind == .leaf ? SlotRange(slot, extents[slot]) : SlotRange(slot, entries[slot])
  }

  /// Returns whether everything that the node holds lies in the range of `entry`.
  func isWithin(_ entry: InternalEntry) -> Bool {
    let range = SlotRange(0, entry)
    return usedRanges.allSatisfy { range.lower <= $0.lower && $0.upper <= range.upper }
  }

  /// The first nonzero byte of unused slots and padding, counted from the node's start.
  var firstStray: Int? {
    for slot in 0..<slotCount where state(of: slot) == .unused {
      let stray =
        kind == .leaf
        ? extents[slot].firstNonzeroByte(of: .extent) : entries[slot].firstNonzeroByte(of: .entry)
      if let stray { return 1 + slot * kind.slotSize + stray }
    }
    return padding.first.map { kind.paddingStart + $0 }
  }
}

extension FieldValues {
  /// Returns the offset of the first nonzero byte of the numbers of `structure`.
  fileprivate func firstNonzeroByte(of structure: Structure) -> Int? {
    structure.numbers.first { self[$0] != 0 }
      .map { $0.offset + self[$0].trailingZeroBitCount / 8 }
  }
}

/// The disk blocks of a used slot. The end may lie past 2^64.
struct SlotRange {
  let slot: Int
  let lower: UInt128
  let upper: UInt128

  init(_ slot: Int, _ values: some NodeSlot) {
    self.slot = slot
    lower = UInt128(values.offset.rawValue)
    upper = lower + UInt128(values.blocks.rawValue)
  }
}

extension NodeSlot {
  var isUsed: Bool { slotState == .used }
}
