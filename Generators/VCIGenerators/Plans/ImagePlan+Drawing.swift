public import PropertyEngine
internal import VCIFormat

/// How the parts of an image are laid out.
public enum ImageLayout: CaseIterable, Sendable {
  /// Header, map, nodes, data without a gap, in a cache with no block to spare.
  case minimal
  /// Header, map, nodes, data as a writer puts them one after the other, in a cache of whole map
  /// blocks.
  case canonical
  /// The same, each leaf followed by its data.
  case interleaved
  /// Data, nodes and map from the cache's end down to its start.
  case reversed
  /// Map, nodes and data in any order with gaps between them.
  case scattered
  /// The same in a cache of up to 1 TiB, nearly all of it holes.
  case giant
}

/// The most blocks to spare of most giants, and of the largest: more, and the bits of the map's own
/// blocks take longest to check.
private let usualSpare: UInt64 = 1 << 26
private let largestSpare: UInt64 = 1 << 31

extension ImagePlan {
  /// Draws a valid plan.
  ///
  /// The simplest is the smallest image there is: 12 blocks, an empty leaf.
  public static func drawn(from choices: inout Choices) -> ImagePlan {
    let shape = TreeShape.drawn(from: &choices)
    let layout = layout(from: &choices)
    var nodes = TreeFilling.nodes(of: shape, from: &choices)
    let data = nodes.reduce(0) { $0 + $1.extents.reduce(0) { $0 + $1.blocks.rawValue } }
    let owned = data + UInt64(nodes.count) * Format.nodeBlocks.rawValue
    let blocks = drawnBlocks(holding: owned, layout, from: &choices)
    let map = BlockRange(0, Format.mapBlocks(for: blocks))
    var placing = FilePlacing(blocks: blocks, map: map.count, owned: owned, layout: layout)
    let mapAddress = placing.place(&nodes, from: &choices)
    var plan = ImagePlan(blocks: blocks, mapAddress: mapAddress, nodes: nodes, size: 0)
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

  /// The blocks of a cache whose nodes and data own `owned` blocks.
  private static func drawnBlocks(
    holding owned: UInt64, _ layout: ImageLayout, from choices: inout Choices
  ) -> BlockCount {
    var least = 4 + owned
    while least < owned + 2 + Format.mapBlocks(for: BlockCount(least)).rawValue { least += 1 }
    switch layout {
    case .minimal: return BlockCount(least)
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

  /// Draws the file's size: up to the last block that is in use, and more of a cache that may grow.
  private mutating func drawSize(from choices: inout Choices) {
    guard type == .dynamic else {
      size = blocks.bytes
      return
    }
    let ends = [map.end] + nodes.map(\.place.end) + extents.map(\.data.end)
    let used = ends.compactMap { $0?.rawValue }.max() ?? 2
    let slack =
      choices.chance(1, in: 3) ? choices.magnitude(upTo: blocks.rawValue - used) : 0
    size = BlockCount(used + slack).bytes
  }
}

extension Choices {
  /// Puts elements into an order that is drawn; the simplest is the one that they have.
  mutating func shuffle<Element>(_ elements: inout [Element]) {
    for index in elements.indices.dropLast() {
      elements.swapAt(index, index + self.index(below: elements.count - index))
    }
  }
}
