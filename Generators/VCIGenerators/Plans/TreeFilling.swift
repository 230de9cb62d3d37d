internal import PropertyEngine
internal import VCIFormat

/// Fills the shape of a tree: chooses the disk blocks that extents hold and entries cover.
///
/// Each entry of an internal root covers a window of the disk, of at most 2^32 - 1 blocks. The
/// windows lie anywhere on the disk.
struct TreeFilling {
  /// The most blocks of a window.
  private static let widest = UInt64(UInt32.max)

  private var longest: UInt64 = 1
  /// One extent that is longer than the others: its index from left to right, and its blocks.
  private var long: (index: Int, blocks: UInt64)?
  /// The number of extents that have been placed.
  private var placed = 0
  private var widestGap: UInt64 = 0
  private var isLoose = false
  /// The first disk block after everything that has been placed.
  private var next: UInt64 = 0
  private var nodes: [NodePlan] = []

  /// Returns the nodes of `shape`: the root first, each node before its children, those from left
  /// to right. All addresses are 0.
  ///
  /// An extent has at most `mostBlocks` blocks, and most have at most a number of `usual`.
  static func nodes(
    of shape: TreeShape, mostBlocks: UInt64, usual: [UInt64] = [1, 4, 16, 300],
    from choices: inout Choices
  ) -> [NodePlan] {
    var filling = TreeFilling()
    filling.longest = choices.element(of: usual)
    filling.widestGap = choices.element(of: [0, 3, 5_000, 1 << 40])
    filling.isLoose = choices.chance(1, in: 3)
    filling.drawLong(shape, mostBlocks, &choices)
    if shape.levels.isEmpty {
      filling.addRootLeaf(of: shape.leaves[0], &choices)
    } else {
      filling.addRootNode(of: shape, &choices)
    }
    if choices.chance(1, in: 16) { filling.moveToDiskEnd() }
    return filling.nodes
  }
}

extension TreeFilling {
  /// Counts at which the numbers of programs often end.
  private static let edges: [UInt64] = [1 << 7, 1 << 8, 1 << 15, 1 << 16, 1 << 31, widest]
  /// Disk blocks at which they do.
  private static let landmarks: [UInt64] = [1 << 31, 1 << 32, 1 << 53]

  /// Draws whether one extent is longer than the others.
  private mutating func drawLong(
    _ shape: TreeShape, _ most: UInt64, _ choices: inout Choices
  ) {
    let count = shape.extents
    guard count > 0, choices.chance(1, in: most < Self.widest ? 20 : 2) else { return }
    let edge = choices.element(of: Self.edges.filter { $0 <= most })
    let blocks =
      choices.chance(1, in: 2)
      ? choices.magnitude(upTo: most - 1) + 1 : edge - 2 + choices.number(upTo: 4)
    let index = choices.element(of: [0, count - 1, choices.index(below: count)])
    // In a window, room remains for the other extents and the gaps.
    let limit = shape.levels.isEmpty ? most : min(most, Self.widest - (1 << 30))
    long = (index, min(blocks, limit))
  }

  /// Draws the first disk block that may hold something: any up to `last`, or one shortly before a
  /// landmark.
  private func start(upTo last: UInt64, _ choices: inout Choices) -> UInt64 {
    guard choices.chance(1, in: 5) else { return choices.magnitude(upTo: last) }
    let before = choices.magnitude(upTo: long.map { 2 * $0.blocks } ?? 64)
    return choices.element(of: Self.landmarks) - min(before, 1 << 31)
  }

  private mutating func addRootLeaf(of count: Int, _ choices: inout Choices) {
    next = start(upTo: Format.diskEnd.rawValue - (1 << 48), &choices)
    nodes.append(NodePlan(address: 0, .leaf(extents(count, within: .max, &choices))))
  }

  /// Returns extents from `next` on, with gaps of `slack` blocks in all at most.
  private mutating func extents(
    _ count: Int, within slack: UInt64, _ choices: inout Choices
  ) -> [Extent] {
    var slack = slack
    return (0..<count).map { _ in
      if choices.chance(2, in: 3) {
        let gap = choices.magnitude(upTo: min(widestGap, slack))
        next += gap
        slack -= gap
      }
      let drawn = choices.number(in: 1...longest)
      let blocks = long?.index == placed ? long?.blocks ?? drawn : drawn
      placed += 1
      defer { next += blocks }
      return Extent(offset: BlockOffset(next), blocks: BlockCount(blocks), address: 0)
    }
  }

  private mutating func addRootNode(of shape: TreeShape, _ choices: inout Choices) {
    var cursors = [Int](repeating: 0, count: shape.depth)
    let windows = shape.levels[shape.levels.count - 1][0]
    next = start(upTo: 1 << 53, &choices)
    nodes.append(NodePlan(address: 0, .internal([])))
    nodes[0].entries = (0..<windows).map { _ in
      // They end before the disk does: 2^53 + 204 * (2^45 + 2^32) < 2^54.
      if choices.chance(1, in: 2) { next += choices.magnitude(upTo: 1 << 45) }
      return addWindow(shape, &cursors, &choices)
    }
  }

  /// Adds the nodes below the next entry of the root. Returns that entry.
  private mutating func addWindow(
    _ shape: TreeShape, _ cursors: inout [Int], _ choices: inout Choices
  ) -> EntryPlan {
    let start = next
    let leaves = Self.leaves(below: shape.levels.count - 2, shape, cursors)
    let extents = leaves.reduce(0) { $0 + shape.leaves[$1] }
    // An empty leaf takes a block of the disk.
    let needed =
      UInt64(extents) * longest + UInt64(leaves.count) + (long?.blocks ?? 0)
    let slack = (Self.widest - needed) / UInt64(leaves.count + 1)
    let child = addSubtree(shape.levels.count - 2, shape, &cursors, slack, &choices)
    let end = max(child.upper, start + 1)
    guard isLoose else {
      next = end
      return child.entry(from: child.lower)
    }
    let room = Self.widest - (end - start)
    let more = choices.chance(1, in: 4) ? room : choices.magnitude(upTo: room)
    next = end + more
    return Subtree(root: child.root, lower: start, upper: next).entry(from: start)
  }

  /// Returns the indices of the leaves below the next node at `level`; level -1 is that of the
  /// leaves.
  private static func leaves(below level: Int, _ shape: TreeShape, _ cursors: [Int]) -> Range<Int> {
    guard level >= 0 else { return cursors[0]..<cursors[0] + 1 }
    var nodes = cursors[level + 1]..<cursors[level + 1] + 1
    for level in stride(from: level, through: 0, by: -1) {
      let first = shape.levels[level][..<nodes.lowerBound].reduce(0, +)
      nodes = first..<first + shape.levels[level][nodes].reduce(0, +)
    }
    return nodes
  }

  /// The index of a node, and the range of the disk that it and the nodes below it need.
  private struct Subtree {
    let root: Int
    let lower: UInt64
    var upper: UInt64

    /// The entry that leads here and covers the disk from block `start` on.
    func entry(from start: UInt64) -> EntryPlan {
      EntryPlan(offset: BlockOffset(start), blocks: BlockCount(upper - start), node: root)
    }
  }

  /// Adds the next node at `level` and all nodes below it.
  private mutating func addSubtree(
    _ level: Int, _ shape: TreeShape, _ cursors: inout [Int], _ slack: UInt64,
    _ choices: inout Choices
  ) -> Subtree {
    defer { cursors[level + 1] += 1 }
    guard level >= 0 else { return addLeaf(shape.leaves[cursors[0]], slack, &choices) }
    let index = nodes.count
    nodes.append(NodePlan(address: 0, .internal([])))
    var entries: [EntryPlan] = []
    var end: UInt64?
    for _ in 0..<shape.levels[level][cursors[level + 1]] {
      var child = addSubtree(level - 1, shape, &cursors, slack, &choices)
      if isLoose, level == 0, choices.chance(1, in: 3) {
        next += choices.magnitude(upTo: slack / 2)
        child.upper = next
      }
      // A loose range begins at the end of the one before it.
      let start = isLoose && choices.chance(1, in: 2) ? end ?? child.lower : child.lower
      entries.append(child.entry(from: start))
      end = child.upper
    }
    nodes[index].entries = entries
    return Subtree(root: index, lower: entries[0].offset.rawValue, upper: end ?? next)
  }

  private mutating func addLeaf(
    _ count: Int, _ slack: UInt64, _ choices: inout Choices
  ) -> Subtree {
    let start = next
    let extents = extents(count, within: isLoose ? slack / 2 : slack, &choices)
    if count == 0 { next += 1 }
    nodes.append(NodePlan(address: 0, .leaf(extents)))
    return Subtree(
      root: nodes.count - 1, lower: extents.first?.offset.rawValue ?? start, upper: next)
  }

  /// Moves all ranges so that the last one ends at the end of the disk.
  private mutating func moveToDiskEnd() {
    let distance = Format.diskEnd.rawValue - next
    func move(_ offset: inout BlockOffset) { offset = BlockOffset(offset.rawValue + distance) }
    for index in nodes.indices {
      switch nodes[index].content {
      case .leaf(var extents):
        for slot in extents.indices { move(&extents[slot].offset) }
        nodes[index].extents = extents
      case .internal(var entries):
        for slot in entries.indices { move(&entries[slot].offset) }
        nodes[index].entries = entries
      }
    }
  }
}
