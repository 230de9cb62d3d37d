package import PropertyEngine
internal import VCIFormat

/// How the parts of an image are laid out in the file.
private enum ImageLayout {
  /// Header, map, nodes and data without gaps, in the smallest cache that holds them.
  case minimal
  /// The same order, in a cache of whole map blocks, as a writer makes it.
  case canonical
  /// The same, but each leaf is followed by its data.
  case interleaved
  /// Data, nodes and map.
  case reversed
  /// Map, nodes and data in random order, with gaps.
  case scattered
  /// The same in a cache of up to 4 TiB, which is nearly all holes.
  case giant
  /// The same in a cache whose number of blocks is a limit of programs or of the format, which is
  /// dirty and has no bit set in its map.
  case unmapped

  /// Whether there are gaps.
  var hasGaps: Bool {
    switch self {
    case .scattered, .giant, .unmapped: true
    case .minimal, .canonical, .interleaved, .reversed: false
    }
  }
}

/// The most spare blocks of most giants, and of the largest. A check must read all bits of the
/// map's blocks, so a larger cache would take too long.
private let usualSpare: UInt64 = 1 << 26
private let largestSpare: UInt64 = 1 << 33

/// The most blocks of an extent in most images. Its bits take 16 KiB.
private let usualExtent: UInt64 = 1 << 17

/// The most blocks of most files: 4 TiB.
private let usualFile: UInt64 = 1 << 33

extension ImagePlan {
  /// Draws a valid plan.
  ///
  /// The simplest is the smallest image there is: 12 blocks and an empty leaf.
  package static func drawn(from choices: inout Choices) -> ImagePlan {
    let shape = TreeShape.drawn(from: &choices)
    let layout = layout(of: shape, from: &choices)
    let most = layout == .unmapped ? UInt64(UInt32.max) : usualExtent
    let nodes = TreeFilling.nodes(of: shape, mostBlocks: most, from: &choices)
    let owned = nodes.reduce(BlockCount(0)) { owned, node in
      node.extents.reduce(owned + Format.nodeBlocks) { $0 + $1.blocks }
    }
    let blocks = blocks(holding: owned, layout, from: &choices)
    var plan = ImagePlan(
      blocks: blocks, mapAddress: Format.firstBlock, nodes: nodes, size: 0)
    plan.drawAddresses(layout, from: &choices)
    plan.drawLinks(from: &choices)
    plan.drawIdentity(layout, from: &choices)
    plan.drawSize(from: &choices)
    return plan
  }

  /// The most extents of a tree that is laid out in a very large cache.
  private static let fewExtents = 1000

  private static func layout(
    of shape: TreeShape, from choices: inout Choices
  ) -> ImageLayout {
    switch choices.number(upTo: 127) {
    case 0..<28: .minimal
    case 28..<59: .canonical
    case 59..<69: .interleaved
    case 69..<79: .reversed
    case 79..<120: .scattered
    case 120..<122: shape.extents < fewExtents ? .giant : .canonical
    default: shape.extents < fewExtents ? .unmapped : .interleaved
    }
  }

  /// Draws the size of a cache whose nodes and data own `owned` blocks.
  private static func blocks(
    holding owned: BlockCount, _ layout: ImageLayout, from choices: inout Choices
  ) -> BlockCount {
    var count = owned + 4
    while count < owned + 2 + Format.mapBlocks(for: count) {
      count = owned + 2 + Format.mapBlocks(for: count)
    }
    let least = count.rawValue
    switch layout {
    case .minimal: return count
    case .canonical, .interleaved:
      let wholes = (least + 4095) / 4096 + choices.magnitude(upTo: 3)
      return BlockCount(wholes * 4096)
    case .scattered, .reversed:
      let blocks = least + 4 + choices.magnitude(upTo: 12_000)
      return BlockCount(choices.chance(2, in: 3) ? blocks : (blocks + 4095) / 4096 * 4096)
    case .giant:
      let most = choices.chance(1, in: 32) ? largestSpare : usualSpare
      let spare = choices.magnitude(upTo: most)
      return BlockCount(least + choices.element(of: [most, spare]))
    case .unmapped:
      let most = Format.maximumBlocks.rawValue
      let size = choices.chance(1, in: 2) ? most : choices.element(of: borders)
      let beside = size - 1 + choices.element(of: [1, 1, 0, 2])
      return BlockCount(max(least, min(beside, most)))
    }
  }

  /// Numbers of blocks at which the numbers of programs often end: the blocks in 32 bits, the
  /// bitmap's bytes, the cache's bits and bytes, and the blocks of the map.
  static let borders: [UInt64] = [1 << 31, 1 << 32, 1 << 35, 1 << 40, 1 << 42, 1 << 43]

  /// File blocks at which the numbers of programs often end: in bytes at 2^32, and in blocks.
  private static let landmarks: [UInt64] = [1 << 23, 1 << 31, 1 << 32]

  private mutating func drawAddresses(_ layout: ImageLayout, from choices: inout Choices) {
    var spare = owned.reduce(blocks) { $0 - $1.count }.rawValue
    let parts = parts(in: layout, from: &choices)
    // The last part of some images ends at the end of the cache.
    let isAnchored =
      layout.hasGaps && choices.chance(1, in: blocks.rawValue > usualFile ? 16 : 4)
    // Few files are larger than file systems allow.
    let reach = isAnchored || choices.chance(1, in: 8) ? spare : min(spare, usualFile)
    let beyond = spare - reach
    spare = reach
    var left = parts.count
    layOut(parts) { next in
      left -= 1
      if left == 0, isAnchored { return BlockCount(spare + beyond) }
      guard layout.hasGaps, choices.chance(1, in: 2) else { return 0 }
      let gap = Self.gap(from: next.rawValue, upTo: spare, layout, &choices)
      spare -= gap
      return BlockCount(gap)
    }
  }

  /// Draws a gap that begins at block `next` of the file. In large caches half of them end near a
  /// landmark.
  private static func gap(
    from next: UInt64, upTo most: UInt64, _ layout: ImageLayout, _ choices: inout Choices
  ) -> UInt64 {
    let gap = choices.magnitude(upTo: most)
    guard layout != .scattered, choices.chance(1, in: 2) else { return gap }
    let end = choices.element(of: landmarks) - 12 + choices.magnitude(upTo: 16)
    return end > next && end - next <= most ? end - next : gap
  }

  /// The parts in the order in which they lie in the file.
  private func parts(in layout: ImageLayout, from choices: inout Choices) -> [Part] {
    switch layout {
    case .minimal, .canonical: return parts
    case .reversed: return parts.reversed()
    case .interleaved: return [.map] + zip(nodes.indices, dataParts).flatMap { [.node($0)] + $1 }
    case .scattered, .giant, .unmapped:
      var shuffled = parts
      choices.shuffle(&shuffled)
      // Map or root often come last, although there are many extents.
      let draw = choices.number(upTo: 7)
      let last: Part? = draw == 6 ? .map : draw == 7 ? .node(0) : nil
      if let index = shuffled.firstIndex(where: { $0 == last }) {
        shuffled.append(shuffled.remove(at: index))
      }
      return shuffled
    }
  }

  mutating func drawLinks(from choices: inout Choices) {
    guard choices.chance(2, in: 3) else { return }
    var order = Array(extents.indices)
    choices.shuffle(&order)
    link(in: order)
  }

  private mutating func drawIdentity(_ layout: ImageLayout, from choices: inout Choices) {
    // A fixed image's file is as large as the cache.
    type = choices.chance(1, in: blocks.rawValue > usualFile ? 16 : 4) ? .fixed : .dynamic
    isDirty = layout == .unmapped || choices.chance(1, in: 6)
    isMapClear = layout == .unmapped || isDirty && extents.count < 1000 && choices.chance(1, in: 6)
    imageUUID = ImageUUID(
      high: choices.number(upTo: .max) | 1, low: choices.number(upTo: .max))
    guard !choices.chance(1, in: 8) else { return }
    modificationUUID = ImageUUID(
      high: choices.number(upTo: .max), low: choices.number(upTo: .max))
  }

  /// Draws the file's size. The file of a dynamic image ends after its last owned block, or later.
  private mutating func drawSize(from choices: inout Choices) {
    guard type == .dynamic else {
      size = blocks.bytes
      return
    }
    let used = end.rawValue
    let room = blocks.rawValue - used
    let most = choices.chance(1, in: 8) ? room : min(room, usualFile)
    let slack = choices.chance(1, in: 3) ? choices.magnitude(upTo: most) : 0
    size = BlockCount(used + slack).bytes
  }
}

extension Choices {
  /// Shuffles elements (Fisher–Yates); the simplest order is the one they have.
  mutating func shuffle<Element>(_ elements: inout [Element]) {
    for index in elements.indices.dropLast() {
      elements.swapAt(index, index + self.index(below: elements.count - index))
    }
  }
}
