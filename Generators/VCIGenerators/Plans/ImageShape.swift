internal import VCIFormat

/// A property of a plan that a campaign shall not go without.
public enum ImageShape: String, CaseIterable, Sendable {
  case dynamic, fixed, dirty
  case smallest = "smallest of all, 12 blocks"
  case oddSize = "blocks no multiple of 4096"
  case noFreeBlock = "no free block"
  case sparse = "a thousand times more blocks than are owned"
  case slack = "slack behind the last block in use"
  case rootBeforeMap = "root before the map"
  case farFlung = "nodes 2^20 blocks apart"
  case reversed = "nodes from the cache's end down"
  case interleaved = "data between nodes"
  case extents0 = "0 extents"
  case extents1 = "1 extent"
  case extents106 = "106 extents in a leaf"
  case extents107 = "107 extents in a leaf"
  case extents108 = "108 extents in two leaves"
  case entries1 = "1 entry in a node"
  case entries203 = "203 entries in a node"
  case entries204 = "204 entries in a node"
  case leaves205 = "205 leaves"
  case threeNodes = "three nodes or more"
  case level1 = "1 level"
  case level2 = "2 levels"
  case level3 = "3 levels"
  case level4 = "4 levels"
  case level5 = "5 levels"
  case level6 = "6 levels"
  case level7 = "7 levels"
  case level8 = "8 levels"
  case level9 = "9 levels"
  case level10 = "10 levels"
  case level11 = "11 levels"
  case level12 = "12 levels"
  case level13 = "13 levels"
  case level14 = "14 levels"
  case level15 = "15 levels"
  case level16 = "16 levels"
  case uneven = "leaves of different fill"
  case emptyLeaf = "an empty leaf below the root"
  case widestSpan = "an entry of 2^32 - 1 blocks"
  case farWindows = "windows 2^40 blocks apart"
  case diskEnd = "the disk's last block"
  case looseRange = "a range wider than its child"
  case gapBetweenSiblings = "a gap between siblings"
  case touchingExtents = "extents that touch on disk and in the file"
  case longExtent = "an extent of 100 blocks or more"
  case list = "an LRU list"
  case noList = "no LRU list"

  /// The shapes of trees by their levels, the first of one level.
  private static let byLevels: [ImageShape] = [
    .level1, .level2, .level3, .level4, .level5, .level6, .level7, .level8, .level9, .level10,
    .level11, .level12, .level13, .level14, .level15, .level16,
  ]

  /// The shapes of a plan.
  public static func shapes(of plan: ImagePlan) -> [ImageShape] {
    shapesOfFile(plan) + shapesOfTree(plan) + shapesOfRanges(plan) + shapesOfData(plan)
  }
}

extension ImageShape {
  /// The shapes of those pairs whose answer is yes.
  private static func held(_ shapes: [(isHeld: Bool, shape: ImageShape)]) -> [ImageShape] {
    shapes.filter(\.isHeld).map(\.shape)
  }

  private static func shapesOfFile(_ plan: ImagePlan) -> [ImageShape] {
    let parts = [plan.map] + plan.nodes.map(\.place) + plan.extents.map(\.data)
    let owned = parts.reduce(Format.headerBlocks.rawValue) { $0 + $1.count.rawValue }
    let end = parts.compactMap { $0.end?.rawValue }.max() ?? 0
    let addresses = plan.nodes.map(\.address.rawValue)
    let lowest = addresses.min() ?? 0
    let highest = addresses.max() ?? 0
    let between = plan.extents.contains {
      $0.address.rawValue > lowest && $0.address.rawValue < highest
    }
    let isDescending = zip(addresses, addresses.dropFirst()).allSatisfy { $0 > $1 }
    return held([
      (plan.type == .dynamic, .dynamic), (plan.type == .fixed, .fixed), (plan.isDirty, .dirty),
      (plan.blocks == 12, .smallest), (plan.blocks.rawValue % 4096 != 0, .oddSize),
      (owned == plan.blocks.rawValue, .noFreeBlock),
      (plan.blocks.rawValue / 1000 > owned, .sparse),
      (plan.type == .dynamic && plan.size > end * Format.blockSize, .slack),
      (plan.nodes[0].address < plan.mapAddress, .rootBeforeMap),
      (highest - lowest > 1 << 20, .farFlung),
      (plan.nodes.count > 2 && isDescending, .reversed), (between, .interleaved),
    ])
  }

  private static func shapesOfTree(_ plan: ImagePlan) -> [ImageShape] {
    let leaves = plan.nodes.filter { $0.type == .leaf }
    let fills = leaves.map(\.extents.count)
    let entries = plan.nodes.map(\.entries.count)
    let extents = fills.reduce(0, +)
    return [byLevels[plan.depth - 1]]
      + held([
        (extents == 0, .extents0), (extents == 1, .extents1),
        (fills.contains(106), .extents106), (fills.contains(107), .extents107),
        (fills.count == 2 && extents == 108, .extents108), (entries.contains(1), .entries1),
        (entries.contains(203), .entries203), (entries.contains(204), .entries204),
        (leaves.count == 205, .leaves205), (plan.nodes.count >= 3, .threeNodes),
        (Set(fills).count > 1, .uneven), (leaves.count > 1 && fills.contains(0), .emptyLeaf),
      ])
  }

  private static func shapesOfRanges(_ plan: ImagePlan) -> [ImageShape] {
    let windows = plan.nodes[0].entries
    let isFar = zip(windows, windows.dropFirst()).contains { left, right in
      right.offset.rawValue &- left.offset.rawValue > 1 << 40
    }
    let hasGap = plan.nodes.contains { node in
      zip(node.entries, node.entries.dropFirst()).contains { left, right in
        left.offset.rawValue &+ left.blocks.rawValue < right.offset.rawValue
      }
    }
    let isLoose = plan.nodes.contains { node in
      node.entries.contains { entry in
        plan.nodes[entry.node].lowest.map { $0 > entry.offset } ?? false
      }
    }
    let entries = plan.nodes.flatMap(\.entries)
    let reachesEnd = plan.extents.last.map {
      $0.offset.rawValue &+ $0.blocks.rawValue == Format.diskEnd.rawValue
    }
    return held([
      (entries.contains { $0.blocks.rawValue == UInt64(UInt32.max) }, .widestSpan),
      (isFar, .farWindows), (reachesEnd ?? false, .diskEnd), (isLoose, .looseRange),
      (hasGap, .gapBetweenSiblings),
    ])
  }

  private static func shapesOfData(_ plan: ImagePlan) -> [ImageShape] {
    let extents = plan.extents
    let touches = zip(extents, extents.dropFirst()).contains { left, right in
      left.offset.rawValue &+ left.blocks.rawValue == right.offset.rawValue
        && left.data.end == right.address
    }
    let isLinked = extents.contains { $0.next != 0 }
    return held([
      (touches, .touchingExtents), (extents.contains { $0.blocks >= 100 }, .longExtent),
      (isLinked, .list), (extents.count > 1 && !isLinked, .noList),
    ])
  }
}

extension NodePlan {
  /// The first disk block that a slot of the node covers.
  fileprivate var lowest: BlockOffset? { extents.first?.offset ?? entries.first?.offset }
}
