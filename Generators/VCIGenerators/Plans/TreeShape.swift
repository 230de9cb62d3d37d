internal import PropertyEngine
internal import VCIFormat

/// The shape of a tree: the number of extents of each leaf, and of children of each internal node.
struct TreeShape {
  /// The extents of each leaf, from left to right.
  var leaves: [Int]
  /// The children of each internal node: one list for each level above the leaves, from the bottom
  /// up, each from left to right. The last list has one number, the root's.
  var levels: [[Int]] = []

  /// The number of all extents.
  var extents: Int { leaves.reduce(0, +) }

  /// The number of levels.
  var depth: Int { levels.count + 1 }
}

extension TreeShape {
  /// Draws a shape. The simplest is an empty leaf.
  static func drawn(from choices: inout Choices) -> TreeShape {
    switch choices.number(upTo: 8191) {
    case 0..<4480: TreeShape(leaves: [extentsOfRoot(from: &choices)])
    case 4480..<6976: bushy(from: &choices)
    case 6976..<7872: chain(from: &choices)
    case 7872..<8060: filled(from: &choices)
    case 8060..<8160: edge(from: &choices)
    case 8160..<8174: many(1000 + choices.magnitude(upTo: 3000), from: &choices)
    case 8174..<8180: packed(from: &choices)
    case 8180..<8184: packedOnThreeLevels(from: &choices)
    case 8184..<8188: many(10_000 + choices.magnitude(upTo: 6000), from: &choices)
    default: many(100_000 + choices.magnitude(upTo: 6000), from: &choices)
    }
  }

  private static func extentsOfRoot(from choices: inout Choices) -> Int {
    switch choices.number(upTo: 31) {
    case 0..<4: 0
    case 4..<8: 1
    case 8..<26: Int(choices.number(in: 2...8))
    case 26..<30: Int(choices.number(in: 9...40))
    case 30: Format.extentsPerLeaf - 1
    default: Format.extentsPerLeaf
    }
  }

  /// A few leaves under one to three levels of internal nodes.
  private static func bushy(from choices: inout Choices) -> TreeShape {
    let count = Int(choices.number(in: 2...7))
    let mayBeEmpty = choices.chance(1, in: 6)
    let leaves = (0..<count).map { _ in
      mayBeEmpty && choices.chance(1, in: 3) ? 0 : Int(choices.number(in: 1...4))
    }
    var shape = TreeShape(leaves: leaves)
    shape.grow(to: Int(choices.number(in: 2...4)), atMost: 4, from: &choices)
    return shape
  }

  /// Up to twelve leaves, none empty, under two to five levels of internal nodes.
  static func branched(from choices: inout Choices) -> TreeShape {
    let count = Int(choices.number(in: 4...12))
    var shape = TreeShape(leaves: (0..<count).map { _ in Int(choices.number(in: 1...4)) })
    shape.grow(
      to: Int(choices.number(in: 3...6)), atMost: Int(choices.number(in: 2...4)), from: &choices)
    return shape
  }

  /// Few leaves and up to sixteen levels.
  static func chain(from choices: inout Choices) -> TreeShape {
    let count = choices.chance(1, in: 2) ? 1 : Int(choices.number(in: 2...3))
    var shape = TreeShape(leaves: (0..<count).map { _ in Int(choices.number(in: 1...3)) })
    let deepest = Format.maximumLevels
    let depth = choices.chance(2, in: 5) ? deepest : Int(choices.number(in: 2...UInt64(deepest)))
    guard count > 1, depth > 2, choices.chance(1, in: 2) else {
      shape.grow(to: depth, atMost: 2, from: &choices)
      return shape
    }
    // Each leaf has a branch of its own below the root.
    shape.levels = [[Int]](repeating: [Int](repeating: 1, count: count), count: depth - 2)
    shape.levels.append([count])
    return shape
  }

  /// Full leaves and one that is not full, as a writer leaves them that only appends.
  private static func filled(from choices: inout Choices) -> TreeShape {
    let full = Format.extentsPerLeaf
    let rest = choices.element(of: [1, 2, full - 1, 53])
    let count = Int(choices.number(in: 1...3))
    var shape = TreeShape(leaves: [Int](repeating: full, count: count) + [rest])
    shape.grow(to: 2, atMost: Format.entriesPerInternalNode, from: &choices)
    return shape
  }

  /// One leaf fewer than an internal node holds entries, as many, or one more. Some have a full
  /// leaf among nearly empty ones.
  private static func edge(from choices: inout Choices) -> TreeShape {
    let most = Format.entriesPerInternalNode
    let count = choices.element(of: [most - 1, most, most + 1])
    var shape = TreeShape(leaves: [Int](repeating: 1, count: count))
    if choices.chance(1, in: 2) { shape.leaves[count - 1] = 2 }
    if choices.chance(1, in: 2) {
      let fill = Format.extentsPerLeaf - choices.index(below: 2)
      shape.leaves[choices.element(of: [0, count - 1, choices.index(below: count)])] = fill
    }
    shape.grow(to: 2, atMost: most, from: &choices)
    return shape
  }

  /// A full or nearly full internal node over leaves that are all full, or all nearly full.
  private static func packed(from choices: inout Choices) -> TreeShape {
    let isFull = choices.chance(1, in: 2)
    let count = Format.entriesPerInternalNode - (isFull ? 0 : 1)
    let fill = Format.extentsPerLeaf - (isFull ? 0 : 1)
    return TreeShape(leaves: [Int](repeating: fill, count: count), levels: [[count]])
  }

  /// A full root, of which one child is full too, and one leaf below that. All other nodes have one
  /// slot.
  static func packedOnThreeLevels(from choices: inout Choices) -> TreeShape {
    let most = Format.entriesPerInternalNode
    let full = choices.element(of: [0, most - 1, choices.index(below: most)])
    var children = [Int](repeating: 1, count: most)
    children[full] = most
    var leaves = [Int](repeating: 1, count: 2 * most - 1)
    leaves[full + choices.element(of: [0, most - 1])] = Format.extentsPerLeaf
    return TreeShape(leaves: leaves, levels: [children, [most]])
  }

  /// About `count` extents in full leaves, or in leaves that a split left half full.
  private static func many(_ count: UInt64, from choices: inout Choices) -> TreeShape {
    let full = Format.extentsPerLeaf
    let fill = count > 1 << 16 ? full : choices.element(of: [full, full - 1, 54])
    let leaves = (Int(count) + fill - 1) / fill
    var shape = TreeShape(leaves: [Int](repeating: fill, count: leaves))
    shape.grow(to: 2, atMost: Format.entriesPerInternalNode, from: &choices)
    return shape
  }

  /// Adds levels of internal nodes of at most `most` children until there is one root and the tree
  /// has at least `depth` levels.
  private mutating func grow(to depth: Int, atMost most: Int, from choices: inout Choices) {
    let isPacked = most > 4 || choices.chance(1, in: 3)
    var below = leaves.count
    while below > 1 || self.depth < depth {
      // If every node has two children or more, a level has at most half the nodes of the one
      // below.
      let remaining = Format.maximumLevels - self.depth - 1
      let isForced = remaining < Int.bitWidth - below.leadingZeroBitCount + 1
      var groups: [Int] = []
      var rest = below
      while rest > 0 {
        let group =
          isPacked || isForced
          ? min(rest, max(most, 2)) : Int(choices.number(in: 1...UInt64(min(rest, most))))
        groups.append(group)
        rest -= group
      }
      // Single children alone would never lead to one root.
      if groups.count == below, below > 1 { groups = [2] + groups.dropFirst(2) }
      levels.append(groups)
      below = groups.count
    }
  }
}
