internal import VCIFormat

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
