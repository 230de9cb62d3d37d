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
    for (slot, extent) in extents.enumerated() { extent.encode(into: &bytes, slot: slot) }
    for (slot, entry) in entries.enumerated() { entry.encode(into: &bytes, slot: slot) }
    let start = Self.paddingStart(of: kind)
    for (place, byte) in padding.all { bytes.put(byte, at: start + place) }
    return piece
  }

  /// What the node is to a program that believes its type; `nil` where that is neither.
  ///
  /// A node whose type is not the planned one is read through its bytes, all slots of it.
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

  /// Takes all slots and the padding from the node's bytes.
  private mutating func decode(_ bytes: RawSpan) {
    switch kind {
    case .leaf:
      extents = (0..<Format.extentsPerLeaf).map { Extent(decoding: bytes, slot: $0) }
    case .internal:
      entries = (0..<Format.entriesPerInternalNode).map {
        InternalEntry(decoding: bytes, slot: $0)
      }
    }
    let start = Self.paddingStart(of: kind)
    for place in start..<Format.nodeSize { padding[place - start] = bytes.number(at: place) }
  }
}

extension ModelNode {
  /// The states of the slots, up to the last one that has a byte other than zero.
  var states: [SlotState] {
    kind == .leaf ? extents.map(\.slotState) : entries.map(\.slotState)
  }

  /// Whether some slot is used.
  var isUsed: Bool {
    kind == .leaf
      ? extents.contains { $0.slotState == .used } : entries.contains { $0.slotState == .used }
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
    let strays: [(isStray: Bool, byte: Int)] = [
      (previous != 0, previous.rawValue.trailingZeroBitCount / 8),
      (next != 0, 8 + next.rawValue.trailingZeroBitCount / 8),
      (flags != 0, 16),
      (reserved != 0, 17),
      (offset != 0, 18 + offset.rawValue.trailingZeroBitCount / 8),
    ]
    return strays.first(where: \.isStray)?.byte
  }
}
