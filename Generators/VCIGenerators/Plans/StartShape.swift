internal import PropertyEngine
internal import VCIFormat

/// What is special about the tree of an image that a writer is to change.
///
/// Writers go wrong where nodes split, merge or go, and few random images are that far.
package enum StartShape: CaseIterable, Sendable {
  /// A root that is a full leaf, or has one slot left.
  case fullLeaf
  /// A few leaves below one root, all full or all with one slot left.
  case fullLeaves
  /// A full root, or one with a slot left, over leaves of few extents, one of which is full.
  case fullRoot
  /// Full nodes on three levels, one below the other.
  case fullLevels
  /// Three to six levels with branches.
  case deep
  /// One child to a node, or branches from the root on, on up to sixteen levels.
  case chain
  /// A full root whose entries are as wide as they can be, with few blocks between them.
  case windows
  /// Three levels whose ranges are wider than what lies below them, or below which nothing lies.
  case loose

  /// Whether the root is an internal node.
  package var isTree: Bool { self != .fullLeaf }
}

extension StartShape {
  /// The most blocks of an extent that is longer than the others.
  private static let longest: UInt64 = 512

  /// Returns the nodes of a tree of the shape. All addresses are 0.
  func nodes(_ room: StartRoom, from choices: inout Choices) -> [NodePlan] {
    let shape: TreeShape
    switch self {
    case .windows: return Self.windows(from: &choices)
    case .loose: return Self.loose(from: &choices)
    case .fullLeaf: shape = TreeShape(leaves: [Self.fill(&choices)])
    case .fullLeaves:
      let count = Int(choices.number(in: 2...4))
      let fill = Self.fill(&choices)
      shape = TreeShape(leaves: [Int](repeating: fill, count: count), levels: [[count]])
    case .fullRoot: shape = Self.fullRoot(from: &choices)
    case .fullLevels: shape = TreeShape.packedOnThreeLevels(from: &choices)
    case .deep: shape = TreeShape.branched(from: &choices)
    case .chain: shape = TreeShape.chain(from: &choices)
    }
    // Where there is hardly room, extents are to be long enough for a hole.
    let usual: [UInt64] = shape.extents > 300 ? [4, 1] : room == .least ? [16, 4] : [1, 4, 16]
    return TreeFilling.nodes(
      of: shape, mostBlocks: Self.longest, usual: usual, from: &choices)
  }

  /// Draws the extents of a leaf that is full, or has one slot left.
  private static func fill(_ choices: inout Choices) -> Int {
    Format.extentsPerLeaf - (choices.chance(1, in: 3) ? 1 : 0)
  }

  private static func fullRoot(from choices: inout Choices) -> TreeShape {
    let count = Format.entriesPerInternalNode - (choices.chance(1, in: 3) ? 1 : 0)
    var leaves = [Int](repeating: 1, count: count)
    leaves[choices.element(of: [count - 1, 0, choices.index(below: count)])] = fill(&choices)
    return TreeShape(leaves: leaves, levels: [[count]])
  }

  /// The numbers of blocks between the ranges of a root's entries.
  private static let gaps: [UInt64] = [5_000, 5_000, 0, 1, 2_500]

  /// Each leaf has an extent at either end of its entry's range, which is as wide as it can be.
  private static func windows(from choices: inout Choices) -> [NodePlan] {
    let width = UInt64(UInt32.max)
    let count = Format.entriesPerInternalNode - (choices.chance(1, in: 4) ? 1 : 0)
    var start = choices.magnitude(upTo: 1 << 40)
    var nodes = [NodePlan(address: 0, .internal([]))]
    for index in 1...count {
      let (head, tail) = (choices.number(in: 1...4), choices.number(in: 1...4))
      nodes[0].entries.append(
        EntryPlan(offset: BlockOffset(start), blocks: BlockCount(width), node: index))
      nodes.append(
        NodePlan(
          address: 0,
          .leaf([
            Extent(offset: BlockOffset(start), blocks: BlockCount(head), address: 0),
            Extent(
              offset: BlockOffset(start + width - tail), blocks: BlockCount(tail), address: 0),
          ])))
      start += width + choices.element(of: gaps)
    }
    return nodes
  }

  /// The numbers of blocks by which a range is wider, before and behind what lies below it.
  private static let margins: [UInt64] = [1, 0, 40, 600]

  /// The margins are small enough for one request to reach over them.
  private static func loose(from choices: inout Choices) -> [NodePlan] {
    let isEmpty = choices.chance(1, in: 3)
    var nodes = [NodePlan(address: 0, .internal([]))]
    var next = choices.magnitude(upTo: 1 << 40)
    for _ in 0..<choices.number(in: 2...5) {
      let inner = nodes.count
      nodes.append(NodePlan(address: 0, .internal([])))
      let start = next
      next += choices.element(of: margins)
      for _ in 0..<choices.number(in: 1...3) {
        let first = next
        next += choices.element(of: margins)
        let extents = looseExtents(isEmpty ? 0 : choices.number(in: 1...4), &next, &choices)
        next += 1 + choices.element(of: margins)
        nodes[inner].entries.append(
          EntryPlan(
            offset: BlockOffset(first), blocks: BlockCount(next - first), node: nodes.count))
        nodes.append(NodePlan(address: 0, .leaf(extents)))
      }
      next += choices.element(of: margins)
      nodes[0].entries.append(
        EntryPlan(offset: BlockOffset(start), blocks: BlockCount(next - start), node: inner))
    }
    return nodes
  }

  /// Draws extents with a block or more between them, from block `next` on.
  private static func looseExtents(
    _ count: UInt64, _ next: inout UInt64, _ choices: inout Choices
  ) -> [Extent] {
    (0..<count).map { _ in
      let extent = Extent(
        offset: BlockOffset(next), blocks: BlockCount(choices.number(in: 1...8)), address: 0)
      next = extent.offset.rawValue + extent.blocks.rawValue + choices.number(in: 1...3)
      return extent
    }
  }
}
