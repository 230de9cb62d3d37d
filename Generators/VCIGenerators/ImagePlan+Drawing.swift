public import PropertyEngine
internal import VCIFormat

/// How the parts of an image are laid out.
public enum ImageLayout: CaseIterable, Sendable {
  /// Header, map, root, data without a gap, in a cache with no block to spare.
  case minimal
  /// Header, map, root, data as a fresh image has them, in a cache of whole map blocks.
  case canonical
  /// Map, root and data in any order with gaps between them.
  case scattered
  /// The same in a cache of up to 32 GiB, nearly all of it holes.
  case giant
}

/// The most blocks to spare: more, and the bits of the map's own blocks take longest to check.
private let largestSpare: UInt64 = 1 << 26

extension ImagePlan {
  /// Draws a valid plan.
  ///
  /// The simplest is the smallest image there is: 12 blocks, an empty leaf.
  public static func drawn(from choices: inout Choices) -> ImagePlan {
    let layout = layout(from: &choices)
    var extents = drawnExtents(from: &choices)
    let data = extents.reduce(0) { $0 + $1.blocks.rawValue }
    let blocks = drawnBlocks(holding: data, layout, from: &choices)
    var plan = ImagePlan(blocks: blocks, mapAddress: 0, rootAddress: 0, size: 0)
    plan.place(&extents, layout, from: &choices)
    plan.extents = extents
    plan.drawLinks(from: &choices)
    plan.drawIdentity(layout, from: &choices)
    plan.drawSize(from: &choices)
    return plan
  }

  private static func layout(from choices: inout Choices) -> ImageLayout {
    switch choices.number(upTo: 63) {
    case 0..<16: .minimal
    case 16..<36: .canonical
    case 36..<63: .scattered
    default: .giant
    }
  }

  /// Extents with offsets and block counts, and no addresses yet.
  private static func drawnExtents(from choices: inout Choices) -> [Extent] {
    let count: UInt64 =
      switch choices.number(upTo: 31) {
      case 0..<4: 0
      case 4..<8: 1
      case 8..<26: choices.number(in: 2...8)
      case 26..<30: choices.number(in: 9...40)
      case 30: 106
      default: UInt64(Format.extentsPerLeaf)
      }
    let longest = choices.element(of: [1, 4, 16, 300] as [UInt64])
    let widest = choices.element(of: [0, 3, 5_000, 1 << 40] as [UInt64])
    var extents: [Extent] = []
    var offset = choices.magnitude(upTo: Format.diskEnd.rawValue - (1 << 48))
    for _ in 0..<count {
      if choices.chance(2, in: 3) { offset += choices.magnitude(upTo: widest) }
      let blocks = choices.number(in: 1...longest)
      extents.append(Extent(offset: BlockOffset(offset), blocks: BlockCount(blocks), address: 0))
      offset += blocks
    }
    if choices.chance(1, in: 16) { moveToDiskEnd(&extents, from: offset) }
    return extents
  }

  /// Moves all extents so that the last one ends where every disk ends.
  private static func moveToDiskEnd(_ extents: inout [Extent], from end: UInt64) {
    let distance = Format.diskEnd.rawValue - end
    for index in extents.indices {
      extents[index].offset = BlockOffset(extents[index].offset.rawValue + distance)
    }
  }

  /// The blocks of a cache that holds `data` blocks of data.
  private static func drawnBlocks(
    holding data: UInt64, _ layout: ImageLayout, from choices: inout Choices
  ) -> BlockCount {
    var least = 12 + data
    while least < Format.leastBlocks(for: BlockCount(least)).rawValue + data { least += 1 }
    switch layout {
    case .minimal: return BlockCount(least)
    case .canonical:
      let wholes = (least + 4095) / 4096 + choices.magnitude(upTo: 3)
      return BlockCount(wholes * 4096)
    case .scattered:
      let blocks = least + 4 + choices.magnitude(upTo: 12_000)
      return BlockCount(choices.chance(2, in: 3) ? blocks : (blocks + 4095) / 4096 * 4096)
    case .giant:
      let spare = choices.magnitude(upTo: largestSpare)
      return BlockCount(least + choices.element(of: [largestSpare, spare]))
    }
  }
}

extension ImagePlan {
  /// Finds a place for map, root and each extent.
  private mutating func place(
    _ extents: inout [Extent], _ layout: ImageLayout, from choices: inout Choices
  ) {
    // Parts: 0 is the map, 1 the root, 2 and on the extents.
    var order = Array(0..<extents.count + 2)
    let isScattered = layout == .scattered || layout == .giant
    if isScattered { shuffle(&order, from: &choices) }
    let lengths = [map.count, Format.nodeBlocks] + extents.map(\.blocks)
    let needed = lengths.reduce(0) { $0 + $1.rawValue }
    var spare = blocks.rawValue - Format.headerBlocks.rawValue - needed
    var next = Format.firstBlock.rawValue
    for part in order {
      if isScattered, choices.chance(1, in: 2) {
        let gap = choices.magnitude(upTo: spare)
        next += gap
        spare -= gap
      }
      switch part {
      case 0: mapAddress = BlockAddress(next)
      case 1: rootAddress = BlockAddress(next)
      default: extents[part - 2].address = BlockAddress(next)
      }
      next += lengths[part].rawValue
    }
  }

  private func shuffle(_ order: inout [Int], from choices: inout Choices) {
    for index in order.indices.dropLast() {
      order.swapAt(index, index + choices.index(below: order.count - index))
    }
  }

  private mutating func drawLinks(from choices: inout Choices) {
    guard choices.chance(2, in: 3) else { return }
    var order = Array(extents.indices)
    shuffle(&order, from: &choices)
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
    let used = ([map, root] + extents.map(\.data)).compactMap(\.end?.rawValue).max() ?? 2
    let slack =
      choices.chance(1, in: 3) ? choices.magnitude(upTo: blocks.rawValue - used) : 0
    size = BlockCount(used + slack).bytes
  }
}
