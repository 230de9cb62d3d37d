internal import PropertyEngine
internal import VCIFormat

/// Fills the shape of a tree: which disk blocks the extents hold and the entries cover.
///
/// Below each entry of the root lies a window of the disk, as wide as 32 bits can count at most;
/// the windows lie anywhere on the disk.
struct TreeFilling {
  /// How far one window reaches.
  private static let widest = UInt64(UInt32.max)

  private var longest: UInt64 = 1
  private var widestGap: UInt64 = 0
  private var isLoose = false
  /// Where the disk is taken up to.
  private var next: UInt64 = 0

  /// Nodes of `shape`, in a plan's order, all addresses still 0.
  static func nodes(of shape: TreeShape, from choices: inout Choices) -> [NodePlan] {
    var filling = TreeFilling()
    filling.longest = choices.element(of: [1, 4, 16, 300])
    filling.widestGap = choices.element(of: [0, 3, 5_000, 1 << 40])
    filling.isLoose = choices.chance(1, in: 3)
    var tree =
      shape.levels.isEmpty
      ? filling.rootLeaf(of: shape.leaves[0], &choices)
      : filling.rootNode(of: shape, &choices)
    if choices.chance(1, in: 16) { moveToDiskEnd(&tree, from: filling.next) }
    return flattened(tree)
  }

  /// A node with its children, while it is made.
  private indirect enum Tree {
    case leaf([Extent])
    case `internal`([(offset: UInt64, blocks: UInt64, child: Tree)])
  }
}

extension TreeFilling {
  private mutating func rootLeaf(of count: Int, _ choices: inout Choices) -> Tree {
    next = choices.magnitude(upTo: Format.diskEnd.rawValue - (1 << 48))
    return .leaf(extents(count, within: .max, &choices))
  }

  /// Extents that follow each other from `next` on, with gaps that take `slack` blocks at most.
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
      let blocks = choices.number(in: 1...longest)
      defer { next += blocks }
      return Extent(offset: BlockOffset(next), blocks: BlockCount(blocks), address: 0)
    }
  }

  private mutating func rootNode(of shape: TreeShape, _ choices: inout Choices) -> Tree {
    var cursors = [Int](repeating: 0, count: shape.depth)
    let windows = shape.levels[shape.levels.count - 1][0]
    next = choices.magnitude(upTo: 1 << 53)
    return .internal(
      (0..<windows).map { index in
        // What the windows in front of this one leave free of the disk is enough for all others.
        if choices.chance(1, in: 2) { next += choices.magnitude(upTo: 1 << 45) }
        return window(shape, &cursors, &choices)
      })
  }

  /// What lies below one entry of the root.
  private mutating func window(
    _ shape: TreeShape, _ cursors: inout [Int], _ choices: inout Choices
  ) -> (offset: UInt64, blocks: UInt64, child: Tree) {
    let start = next
    let leaves = Self.leaves(below: shape.levels.count - 2, shape, cursors)
    let extents = leaves.reduce(0) { $0 + shape.leaves[$1] }
    // Every empty leaf takes a block of the disk.
    let needed = UInt64(extents) * longest + UInt64(leaves.count)
    let slack = (Self.widest - needed) / UInt64(leaves.count + 1)
    let child = subtree(shape.levels.count - 2, shape, &cursors, slack, &choices)
    let end = max(child.upper, start + 1)
    guard isLoose else {
      next = end
      return (child.lower, child.upper - child.lower, child.tree)
    }
    let room = Self.widest - (end - start)
    let more = choices.chance(1, in: 4) ? room : choices.magnitude(upTo: room)
    next = end + more
    return (start, next - start, child.tree)
  }

  /// The leaves below the next node at `level`, by their index; level -1 are the leaves.
  private static func leaves(below level: Int, _ shape: TreeShape, _ cursors: [Int]) -> Range<Int> {
    guard level >= 0 else { return cursors[0]..<cursors[0] + 1 }
    var nodes = cursors[level + 1]..<cursors[level + 1] + 1
    for level in stride(from: level, through: 0, by: -1) {
      let first = shape.levels[level][..<nodes.lowerBound].reduce(0, +)
      nodes = first..<first + shape.levels[level][nodes].reduce(0, +)
    }
    return nodes
  }

  private typealias Part = (tree: Tree, lower: UInt64, upper: UInt64)

  /// The next node at `level`, with the range of the disk that it needs.
  private mutating func subtree(
    _ level: Int, _ shape: TreeShape, _ cursors: inout [Int], _ slack: UInt64,
    _ choices: inout Choices
  ) -> Part {
    defer { cursors[level + 1] += 1 }
    guard level >= 0 else { return leaf(shape.leaves[cursors[0]], slack, &choices) }
    let count = shape.levels[level][cursors[level + 1]]
    var entries: [(offset: UInt64, blocks: UInt64, child: Tree)] = []
    for _ in 0..<count {
      let part = subtree(level - 1, shape, &cursors, slack, &choices)
      // A loose range begins where the one before it ends.
      let end = entries.last.map { $0.offset + $0.blocks } ?? part.lower
      let lower = isLoose && choices.chance(1, in: 2) ? end : part.lower
      entries.append((lower, part.upper - lower, part.tree))
    }
    let last = entries[count - 1]
    return (.internal(entries), entries[0].offset, last.offset + last.blocks)
  }

  private mutating func leaf(
    _ count: Int, _ slack: UInt64, _ choices: inout Choices
  ) -> Part {
    guard count > 0 else {
      next += 1
      return (.leaf([]), next - 1, next)
    }
    let extents = extents(count, within: slack, &choices)
    return (.leaf(extents), extents[0].offset.rawValue, next)
  }
}

extension TreeFilling {
  /// Moves everything so that it ends where every disk ends.
  private static func moveToDiskEnd(_ tree: inout Tree, from end: UInt64) {
    tree = moved(tree, by: Format.diskEnd.rawValue - end)
  }

  private static func moved(_ tree: Tree, by distance: UInt64) -> Tree {
    switch tree {
    case .leaf(let extents):
      .leaf(
        extents.map { extent in
          var moved = extent
          moved.offset = BlockOffset(extent.offset.rawValue + distance)
          return moved
        })
    case .internal(let entries):
      .internal(
        entries.map { ($0.offset + distance, $0.blocks, moved($0.child, by: distance)) })
    }
  }

  /// The nodes of a tree: each before its children, those from left to right.
  private static func flattened(_ tree: Tree) -> [NodePlan] {
    var nodes: [NodePlan] = []
    append(tree, to: &nodes)
    return nodes
  }

  private static func append(_ tree: Tree, to nodes: inout [NodePlan]) {
    let index = nodes.count
    switch tree {
    case .leaf(let extents): nodes.append(NodePlan(address: 0, .leaf(extents)))
    case .internal(let entries):
      nodes.append(NodePlan(address: 0, .internal([])))
      var planned: [EntryPlan] = []
      for entry in entries {
        planned.append(
          EntryPlan(
            offset: BlockOffset(entry.offset), blocks: BlockCount(entry.blocks),
            node: nodes.count))
        append(entry.child, to: &nodes)
      }
      nodes[index].content = .internal(planned)
    }
  }
}
