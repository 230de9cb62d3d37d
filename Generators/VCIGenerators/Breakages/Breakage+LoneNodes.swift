internal import PropertyEngine
internal import VCIFormat

extension Breakage {
  /// VCI-NODE-004: two entries that name one leaf without extents, which is in the range of both.
  mutating func emptyLeafShared() -> [Edit] {
    guard let (first, second) = pickTwoLeaves() else { return [] }
    let leaf = model.nodes[first]
    guard let path = model.addressPath(of: second) else { return [] }
    return [
      .reshape(leaf.path, .leaf), .change(path, .to(leaf.range.first.rawValue)), .refit,
    ]
  }

  /// Draws two leaves of the plan on one level.
  private mutating func pickTwoLeaves() -> (first: Int, second: Int)? {
    let leaves = model.nodes.indices.filter {
      model.nodes[$0].kind == .leaf && model.nodes[$0].path != .root
    }
    guard leaves.count > 1 else { return nil }
    let first = choices.index(below: leaves.count)
    let step = 1 + choices.index(below: leaves.count - 1)
    return (leaves[first], leaves[(first + step) % leaves.count])
  }

  /// VCI-NODE-005: a child in the bitmap, or in which the map begins, or that shares blocks with
  /// another node.
  mutating func nodeOnOther() -> [Edit] {
    switch choices.number(upTo: 3) {
    case 0: return nodeOnMap()
    case 1:
      guard let pick = pickEntry() else { return [] }
      let edits = nodeBeforeMap(model.path(pick, .entryChild))
      return edits.isEmpty ? nodeOnMap() : edits + [.refit]
    default: return nodeOnNode()
    }
  }

  private mutating func nodeOnMap() -> [Edit] {
    guard let pick = pickEntry(), model.node(at: model.entry(pick).child) != nil else { return [] }
    let last = model.map.count.rawValue - 1
    let step = choices.element(of: [last, 1, choices.number(in: 1...last)])
    let path = model.path(pick, .entryChild)
    let place = BlockRange(model.map.first + BlockCount(step), Format.nodeBlocks)
    let blocks = model.header.blocks.rawValue
    let others = model.nodes.contains {
      $0.range.first != model.entry(pick).child && $0.range.overlaps(place)
    }
    if !others, !model.data.intersects(place.run), place.run.upperBound <= blocks {
      return [.move(path, to: place.first), .refit]
    }
    let start = model.endOfParts
    guard start + step + Format.nodeBlocks.rawValue <= blocks else { return [] }
    return [
      .move(.field(.blockMap), to: BlockAddress(start)),
      .move(path, to: BlockAddress(start + step)), .refit,
    ]
  }

  /// VCI-NODE-012: a leaf at level 16 that becomes an internal node, whose extents another leaf
  /// takes over, at level 17.
  mutating func leafAtLevel17() -> [Edit] {
    guard let (first, second) = pickTwoLeaves() else { return [] }
    let leaf = model.nodes[first]
    guard Int(leaf.path.depth) + 1 == Format.maximumLevels, leaf.isUsed,
      let parent = model.nodes.indices.first(where: { model.nodes[$0].children.contains(first) }),
      let slot = model.nodes[parent].children.firstIndex(of: first),
      slot < model.nodes[parent].entries.count
    else { return [] }
    let entry = model.nodes[parent].entries[slot]
    var edits = [Edit.reshape(model.nodes[second].path, .leaf)]
    for slot in leaf.extents.indices {
      for field in Structure.extent.numbers where leaf.extents[slot][field] != 0 {
        edits.append(.change(model.path(second, slot, field), .to(leaf.extents[slot][field])))
      }
    }
    edits += [
      .reshape(leaf.path, .internal),
      .change(.entry(leaf.path, slot: 0, .entryOffset), .to(entry.offset.rawValue)),
      .change(.entry(leaf.path, slot: 0, .entryBlocks), .to(entry.blocks.rawValue)),
      .change(
        .entry(leaf.path, slot: 0, .entryChild),
        .to(model.nodes[second].range.first.rawValue)),
    ]
    return edits
  }
}
