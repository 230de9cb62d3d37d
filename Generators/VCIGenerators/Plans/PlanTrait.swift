internal import VCIFormat

/// A property that some plans of every campaign must have; its raw value is printed.
package enum PlanTrait: String, CaseIterable, Sendable {
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
}

extension ImagePlan {
  /// The traits that the plan has.
  package var traits: [PlanTrait] { fileTraits + treeTraits + rangeTraits + dataTraits }

  /// The traits whose condition holds.
  private func held(_ traits: [(isHeld: Bool, trait: PlanTrait)]) -> [PlanTrait] {
    traits.filter(\.isHeld).map(\.trait)
  }

  private var fileTraits: [PlanTrait] {
    let owned = owned.reduce(0) { $0 + $1.count.rawValue }
    let addresses = nodes.map(\.address.rawValue)
    let lowest = addresses.min() ?? 0
    let highest = addresses.max() ?? 0
    let between = extents.contains {
      $0.address.rawValue > lowest && $0.address.rawValue < highest
    }
    let isDescending = zip(addresses, addresses.dropFirst()).allSatisfy { $0 > $1 }
    return held([
      (type == .dynamic, .dynamic), (type == .fixed, .fixed), (isDirty, .dirty),
      (blocks == 12, .smallest), (blocks.rawValue % 4096 != 0, .oddSize),
      (owned == blocks.rawValue, .noFreeBlock),
      (blocks.rawValue / 1000 > owned, .sparse),
      (type == .dynamic && size > end.bytes, .slack),
      (nodes[0].address < mapAddress, .rootBeforeMap),
      (highest - lowest > 1 << 20, .farFlung),
      (nodes.count > 2 && isDescending, .reversed), (between, .interleaved),
    ])
  }

  private var treeTraits: [PlanTrait] {
    let leaves = nodes.filter { $0.type == .leaf }
    let fills = leaves.map(\.extents.count)
    let entries = nodes.map(\.entries.count)
    let extents = fills.reduce(0, +)
    return [PlanTrait(rawValue: depth == 1 ? "1 level" : "\(depth) levels")].compactMap(\.self)
      + held([
        (extents == 0, .extents0), (extents == 1, .extents1),
        (fills.contains(106), .extents106), (fills.contains(107), .extents107),
        (fills.count == 2 && extents == 108, .extents108), (entries.contains(1), .entries1),
        (entries.contains(203), .entries203), (entries.contains(204), .entries204),
        (leaves.count == 205, .leaves205), (nodes.count >= 3, .threeNodes),
        (Set(fills).count > 1, .uneven), (leaves.count > 1 && fills.contains(0), .emptyLeaf),
      ])
  }

  private var rangeTraits: [PlanTrait] {
    let windows = nodes[0].entries
    let isFar = zip(windows, windows.dropFirst()).contains { left, right in
      right.offset.rawValue &- left.offset.rawValue > 1 << 40
    }
    let hasGap = nodes.contains { node in
      zip(node.entries, node.entries.dropFirst()).contains { left, right in
        left.offset.rawValue &+ left.blocks.rawValue < right.offset.rawValue
      }
    }
    let isLoose = nodes.contains { node in
      node.entries.contains { entry in
        nodes[entry.node].lowest.map { $0 > entry.offset } ?? false
      }
    }
    let entries = nodes.flatMap(\.entries)
    let reachesEnd = extents.last.map {
      $0.offset.rawValue &+ $0.blocks.rawValue == Format.diskEnd.rawValue
    }
    return held([
      (entries.contains { $0.blocks.rawValue == UInt64(UInt32.max) }, .widestSpan),
      (isFar, .farWindows), (reachesEnd ?? false, .diskEnd), (isLoose, .looseRange),
      (hasGap, .gapBetweenSiblings),
    ])
  }

  private var dataTraits: [PlanTrait] {
    let extents = extents
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
