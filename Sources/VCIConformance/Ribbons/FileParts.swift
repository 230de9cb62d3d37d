internal import VCIFormat
internal import VCIGenerators

/// What the blocks of an image's file are: header, block map, nodes that the tree reaches, the data
/// of their extents, and of the rest what the block map says.
///
/// The image may be damaged: whatever an address leads to is followed once, and what two structures
/// claim belongs to the one that begins before.
struct FileParts {
  /// The parts from the first block to the last, without gaps.
  private(set) var parts: [RibbonPart] = []
  /// The blocks that two structures claim, ascending by their first block.
  private(set) var overlaps: [Range<UInt64>] = []

  private let bytes: SparseBytes
  private let end: UInt64
  private var claims: [RibbonPart] = []

  /// Finds the parts of a file that ends at block `end`.
  ///
  /// - Complexity: O(*n* log *n*) for *n* nodes and extents, beside the block map. Nodes are kept
  ///   bytes of the image, so that memory holds a part of each at most.
  init(_ bytes: SparseBytes, end: UInt64) {
    self.bytes = bytes
    self.end = end
    let header = bytes.header
    claim(0, Format.headerBlocks.rawValue, .header)
    claim(header.blockMap.rawValue, header.blockMapBlocks.rawValue, .map)
    claimTree(from: header.treeRoot)
    divide(SetBits(bytes, header, end: end))
  }

  /// Notes who claims blocks, as far as they lie in the file.
  private mutating func claim(
    _ first: UInt64, _ count: UInt64, _ role: Matrix.Run.Role, at other: UInt64? = nil
  ) {
    guard first < end, count > 0 else { return }
    claims.append(RibbonPart(first..<first + min(count, end - first), role, at: other))
  }

  /// Notes all nodes that are reached, level by level, and the data of their extents.
  private mutating func claimTree(from root: BlockAddress) {
    var seen: Set<UInt64> = []
    var level = [root]
    var role = Matrix.Run.Role.root
    for _ in 0..<Format.maximumLevels where !level.isEmpty {
      var next: [BlockAddress] = []
      for address in level where address.rawValue < end && seen.insert(address.rawValue).inserted {
        next += claimNode(at: address, role)
      }
      (level, role) = (next, .internal)
    }
  }

  /// Notes a node and the data of its extents. Returns the addresses of its children.
  private mutating func claimNode(
    at address: BlockAddress, _ role: Matrix.Run.Role
  ) -> [BlockAddress] {
    let node = bytes.bytes(at: address.bytes, count: Format.nodeSize)
    let type = NodeType(rawValue: node[0])
    let own: Matrix.Run.Role =
      switch (role, type) {
      case (.root, _): .root
      case (_, .leaf): .leaf
      case (_, .internal): .internal
      case (_, nil): .node
      }
    claim(address.rawValue, Format.nodeBlocks.rawValue, own)
    switch type {
    case .leaf:
      for slot in 0..<Format.extentsPerLeaf {
        let extent = unsafe Extent(decoding: node.span.bytes, slot: slot)
        guard extent.slotState == .used else { continue }
        claim(
          extent.address.rawValue, extent.blocks.rawValue, .data, at: extent.offset.rawValue)
      }
      return []
    case .internal:
      return (0..<Format.entriesPerInternalNode).compactMap { slot in
        let entry = unsafe InternalEntry(decoding: node.span.bytes, slot: slot)
        return entry.slotState == .used ? entry.child : nil
      }
    case nil: return []
    }
  }

  /// Divides the file among those who claim its blocks, and what is left by the bits of the map.
  private mutating func divide(_ bits: SetBits) {
    var bits = bits
    var next: UInt64 = 0
    let sorted = claims.enumerated().sorted {
      ($0.element.blocks.lowerBound, $0.offset) < ($1.element.blocks.lowerBound, $1.offset)
    }
    for claim in sorted.lazy.map(\.element) {
      let blocks = claim.blocks
      if blocks.lowerBound > next { addUnclaimed(next..<blocks.lowerBound, &bits) }
      if blocks.lowerBound < next {
        overlaps.append(blocks.lowerBound..<min(next, blocks.upperBound))
      }
      let start = max(next, blocks.lowerBound)
      guard start < blocks.upperBound else { continue }
      parts.append(claim.part(start..<blocks.upperBound))
      next = blocks.upperBound
    }
    if next < end { addUnclaimed(next..<end, &bits) }
  }

  /// Adds blocks without a claim: those whose bit is set are leaked.
  private mutating func addUnclaimed(_ blocks: Range<UInt64>, _ bits: inout SetBits) {
    var next = blocks.lowerBound
    for leaked in bits.runs(in: blocks) {
      if leaked.lowerBound > next { parts.append(RibbonPart(next..<leaked.lowerBound, .free)) }
      parts.append(RibbonPart(leaked, .leaked))
      next = leaked.upperBound
    }
    if next < blocks.upperBound { parts.append(RibbonPart(next..<blocks.upperBound, .free)) }
  }
}
