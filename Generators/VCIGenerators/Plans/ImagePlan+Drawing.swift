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
  /// The same in a cache of up to 1 TiB, which is nearly all holes.
  case giant
}

/// The most spare blocks of most giants, and of the largest. A check must read all bits of the
/// map's blocks, so a larger cache would take too long.
private let usualSpare: UInt64 = 1 << 26
private let largestSpare: UInt64 = 1 << 31

extension ImagePlan {
  /// Draws a valid plan.
  ///
  /// The simplest is the smallest image there is: 12 blocks and an empty leaf.
  package static func drawn(from choices: inout Choices) -> ImagePlan {
    let shape = TreeShape.drawn(from: &choices)
    let layout = layout(from: &choices)
    let nodes = TreeFilling.nodes(of: shape, from: &choices)
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

  private static func layout(from choices: inout Choices) -> ImageLayout {
    switch choices.number(upTo: 63) {
    case 0..<14: .minimal
    case 14..<30: .canonical
    case 30..<35: .interleaved
    case 35..<40: .reversed
    case 40..<63: .scattered
    default: .giant
    }
  }

  /// Draws the size of a cache whose nodes and data own `owned` blocks.
  private static func blocks(
    holding owned: BlockCount, _ layout: ImageLayout, from choices: inout Choices
  ) -> BlockCount {
    var count = owned + 4
    while count < owned + 2 + Format.mapBlocks(for: count) { count += 1 }
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
    }
  }

  private mutating func drawAddresses(_ layout: ImageLayout, from choices: inout Choices) {
    var spare = owned.reduce(blocks) { $0 - $1.count }
    let parts = parts(in: layout, from: &choices)
    layOut(parts) {
      guard layout == .scattered || layout == .giant, choices.chance(1, in: 2) else { return 0 }
      let gap = BlockCount(choices.magnitude(upTo: spare.rawValue))
      spare -= gap
      return gap
    }
  }

  /// The parts in the order in which they lie in the file.
  private func parts(in layout: ImageLayout, from choices: inout Choices) -> [Part] {
    switch layout {
    case .minimal, .canonical: return parts
    case .reversed: return parts.reversed()
    case .interleaved: return [.map] + zip(nodes.indices, dataParts).flatMap { [.node($0)] + $1 }
    case .scattered, .giant:
      var shuffled = parts
      choices.shuffle(&shuffled)
      return shuffled
    }
  }

  private mutating func drawLinks(from choices: inout Choices) {
    guard choices.chance(2, in: 3) else { return }
    var order = Array(extents.indices)
    choices.shuffle(&order)
    link(in: order)
  }

  private mutating func drawIdentity(_ layout: ImageLayout, from choices: inout Choices) {
    type = layout != .giant && choices.chance(1, in: 4) ? .fixed : .dynamic
    isDirty = choices.chance(1, in: 6)
    imageUUID = ImageUUID(
      high: choices.number(upTo: .max) | 1, low: choices.number(upTo: .max))
    modificationUUID = ImageUUID(high: choices.number(upTo: .max), low: 0)
  }

  /// Draws the file's size. The file of a dynamic image ends after its last owned block, or later.
  private mutating func drawSize(from choices: inout Choices) {
    guard type == .dynamic else {
      size = blocks.bytes
      return
    }
    let used = end.rawValue
    let slack =
      choices.chance(1, in: 3) ? choices.magnitude(upTo: blocks.rawValue - used) : 0
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
