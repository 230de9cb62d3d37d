internal import VCIFormat

extension ImagePlan {
  /// The traits that the plan has.
  package var traits: [PlanTrait] {
    fileTraits + sizeTraits + placeTraits + farTraits + treeTraits + fillTraits + rangeTraits
      + diskTraits + dataTraits
  }

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

  private var sizeTraits: [PlanTrait] {
    let blocks = blocks.rawValue
    let most = Format.maximumBlocks.rawValue
    return held([
      (blocks == 1 << 31, .cache31), (blocks == 1 << 32, .cache32), (blocks == 1 << 35, .cache35),
      (blocks == 1 << 40, .cache40), (blocks == 1 << 42, .cache42), (blocks == 1 << 43, .cache43),
      (Self.borders.contains(blocks + 1), .cacheBelow),
      (Self.borders.contains(blocks - 1), .cacheAbove),
      (blocks == most, .largestCache), (blocks == most - 1, .nextToLargest),
      (type == .fixed && blocks > 1 << 30, .largeFixed),
      (type == .dynamic && size == end.bytes, .exactEnd),
      (isDirty && isMapClear, .clearMap), (modificationUUID == .nil, .nilModification),
    ])
  }

  private var placeTraits: [PlanTrait] {
    let cacheEnd = BlockAddress(blocks.rawValue)
    return held([
      (nodes[0].range.end == cacheEnd, .rootAtEnd), (map.end == cacheEnd, .mapAtEnd),
      (extents.contains { $0.data.end == cacheEnd }, .dataAtEnd),
      (extents.contains { $0.address == Format.firstBlock }, .dataAtStart),
    ])
  }

  private var farTraits: [PlanTrait] {
    let node = nodes.map(\.address.rawValue).max() ?? 0
    let data = extents.map(\.address.rawValue).max() ?? 0
    let map = mapAddress.rawValue
    // The first block of the last part that comes before 2^20 free blocks.
    var filled: UInt64 = 0
    var left: UInt64 = 1 << 20
    var next: UInt64 = 0
    if max(node, data, map) > 1 << 23 {
      for part in owned.sorted(by: { $0.first < $1.first }) {
        let gap = part.first.rawValue - min(part.first.rawValue, next)
        guard gap <= left else { break }
        left -= gap
        filled = part.first.rawValue
        next = max(next, filled &+ part.count.rawValue)
      }
    }
    return held([
      (node > 1 << 23, .nodeBeyond23), (node > 1 << 31, .nodeBeyond31),
      (node > 1 << 32, .nodeBeyond32), (data > 1 << 23, .dataBeyond23),
      (data > 1 << 31, .dataBeyond31), (data > 1 << 32, .dataBeyond32),
      (map > 1 << 23, .mapBeyond23), (map > 1 << 31, .mapBeyond31),
      (map > 1 << 32, .mapBeyond32), (filled > 1 << 23, .filledTo23),
      (filled > 1 << 31, .filledTo31), (filled > 1 << 32, .filledTo32),
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
        (fills.count == 2 && extents == 108, .extents108), (extents >= 1000, .extents1000),
        (extents >= 10_000, .extents10000), (extents >= 100_000, .extents100000),
        (entries.contains(1), .entries1),
        (entries.contains(203), .entries203), (entries.contains(204), .entries204),
        (leaves.count == 205, .leaves205), (nodes.count >= 3, .threeNodes),
        (Set(fills).count > 1, .uneven), (leaves.count > 1 && fills.contains(0), .emptyLeaf),
      ])
  }

  private var fillTraits: [PlanTrait] {
    func isFull(_ node: NodePlan) -> Bool {
      node.entries.count == Format.entriesPerInternalNode
        || node.extents.count == Format.extentsPerLeaf
    }
    func children(_ node: NodePlan) -> some Collection<NodePlan> {
      node.entries.lazy.map { nodes[$0.node] }
    }
    let full = nodes.filter { $0.type == .internal && isFull($0) }
    let hasFullLeaf = full.contains { children($0).contains { $0.type == .leaf && isFull($0) } }
    let hasRoom = owned.reduce(512) { $0 &+ $1.count.rawValue } <= blocks.rawValue
    let isNearlyFull = nodes.contains { node in
      node.entries.count == Format.entriesPerInternalNode - 1
        && children(node).allSatisfy { $0.extents.count == Format.extentsPerLeaf - 1 }
    }
    let hasFullLevels = full.contains { node in
      children(node).contains { child in
        child.type == .internal && isFull(child) && children(child).contains(where: isFull)
      }
    }
    return held([
      (hasFullLeaf, .fullLeaf), (hasFullLeaf && hasRoom, .fullWithRoom),
      (full.contains { children($0).allSatisfy { $0.type == .leaf && isFull($0) } }, .fullLeaves),
      (isNearlyFull, .nearlyFullLeaves), (hasFullLevels, .fullLevels),
      (depth == Format.maximumLevels && nodes[0].entries.count > 1, .level16Apart),
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
    let isLooseAtBothEnds = nodes.contains { node in
      node.entries.contains { entry in
        let child = nodes[entry.node]
        guard let lowest = child.lowest, let highest = child.highest else { return false }
        return lowest > entry.offset && highest < entry.offset.rawValue &+ entry.blocks.rawValue
      }
    }
    let entries = nodes.flatMap(\.entries)
    let reachesEnd = extents.last.map {
      $0.offset.rawValue &+ $0.blocks.rawValue == Format.diskEnd.rawValue
    }
    return held([
      (entries.contains { $0.blocks.rawValue == UInt64(UInt32.max) }, .widestSpan),
      (isFar, .farWindows), (reachesEnd ?? false, .diskEnd), (isLoose, .looseRange),
      (isLooseAtBothEnds, .looseEnds), (hasGap, .gapBetweenSiblings),
    ])
  }

  private var diskTraits: [PlanTrait] {
    let extents = extents
    func isOnBothSides(of block: UInt64) -> Bool {
      guard let first = extents.first, let last = extents.last else { return false }
      return first.offset.rawValue < block
        && last.offset.rawValue &+ last.blocks.rawValue > block
        && extents.contains {
          $0.offset.rawValue < block && block - $0.offset.rawValue < 1 << 20
        }
    }
    let leaves = nodes.map(\.extents).filter { !$0.isEmpty }
    return held([
      (isOnBothSides(of: 1 << 31), .disk31), (isOnBothSides(of: 1 << 32), .disk32),
      (isOnBothSides(of: 1 << 53), .disk53),
      (leaves.contains { Self.hasWideGap($0) }, .gapInLeaf),
      (
        zip(leaves, leaves.dropFirst()).contains { left, right in
          Self.hasWideGap([left[left.count - 1], right[0]])
        }, .gapBetweenLeaves
      ),
    ])
  }

  /// Returns whether 2^32 disk blocks or more lie between two neighbouring extents.
  private static func hasWideGap(_ extents: [Extent]) -> Bool {
    zip(extents, extents.dropFirst()).contains { left, right in
      let end = left.offset.rawValue &+ left.blocks.rawValue
      return right.offset.rawValue >= end && right.offset.rawValue - end >= 1 << 32
    }
  }

  private var dataTraits: [PlanTrait] {
    let extents = extents
    let touches = zip(extents, extents.dropFirst()).contains { left, right in
      left.offset.rawValue &+ left.blocks.rawValue == right.offset.rawValue
        && left.data.end == right.address
    }
    let longest = extents.map(\.blocks.rawValue).max() ?? 0
    let isLinked = extents.contains { $0.next != 0 }
    return held([
      (touches, .touchingExtents), (longest >= 100, .longExtent),
      (longest > 1 << 8, .extent8), (longest > 1 << 16, .extent16),
      (longest > 1 << 31, .extent31),
      (isLinked, .list), (extents.count > 1 && !isLinked, .noList),
    ])
  }
}

extension NodePlan {
  /// The first disk block that a slot of the node covers.
  fileprivate var lowest: BlockOffset? { extents.first?.offset ?? entries.first?.offset }

  /// The disk block after the last one that a slot of the node covers.
  fileprivate var highest: UInt64? {
    extents.last.map { $0.offset.rawValue &+ $0.blocks.rawValue }
      ?? entries.last.map { $0.offset.rawValue &+ $0.blocks.rawValue }
  }
}
