internal import PropertyEngine
internal import VCIFormat

extension Breakage {
  /// VCI-NODE-002: a child that is not in range.
  mutating func childInRange() -> [Edit] {
    guard let pick = pickEntry() else { return [] }
    let blocks = model.header.blocks.rawValue
    let values: [UInt64] = [
      1, blocks &- 7, blocks, .max - 7, .max, 1 << 55, 1 << 55 | model.entry(pick).child.rawValue,
    ]
    return [.change(model.path(pick, .entryChild), .to(choices.element(of: values)))]
  }

  /// VCI-NODE-004: an entry that names the root, its parent, its own node, or the child of another
  /// entry.
  mutating func nodeNamedOnce() -> [Edit] {
    guard let pick = pickEntry() else { return [] }
    let own = model.nodes[pick.node]
    let parent = model.nodes.firstIndex { $0.children.contains(pick.node) } ?? 0
    let others = model.nodes.indices.filter { $0 != own.children.first ?? 0 }
    // A plan made from a damaged image may have a root without planned children.
    guard !others.isEmpty else { return [] }
    let targets = [
      0, pick.node, parent, choices.element(of: others), choices.element(of: others),
      choices.element(of: others),
    ]
    let child = model.nodes[choices.element(of: targets)].range.first
    guard child != model.entry(pick).child else { return [] }
    return [.change(model.path(pick, .entryChild), .to(child.rawValue))]
  }

  /// VCI-NODE-005: a child that overlaps the map or another node, without being a node.
  mutating func nodeApart() -> [Edit] {
    guard let pick = pickEntry() else { return [] }
    let part =
      choices.chance(1, in: 3)
      ? model.map : model.nodes[choices.index(below: model.nodes.count)].range
    let end = part.first.rawValue + part.count.rawValue
    let addresses = [
      part.first.rawValue &- 7, part.first.rawValue &- 1, part.first.rawValue + 1, end - 1,
    ].filter { address in
      let blocks = BlockRange(BlockAddress(address), Format.nodeBlocks)
      return model.isInRange(blocks) && model.isInFile(blocks)
        && model.node(at: blocks.first) == nil
        && NodeType(rawValue: model.firstByte(of: blocks.first)) == nil
    }
    guard !addresses.isEmpty else { return [] }
    return [.change(model.path(pick, .entryChild), .to(choices.element(of: addresses)))]
  }

  /// VCI-NODE-011: an entry that skips a level, or a leaf that becomes an internal node.
  mutating func leavesLevel() -> [Edit] {
    // Drawn only so that a seed keeps its choices.
    guard pickEntry() != nil else { return [] }
    let parents = model.nodes.indices.filter { index in
      let node = model.nodes[index]
      return node.children.count > 1
        && node.children.contains { model.nodes[$0].kind == .internal }
    }
    if let parent = pick(parents) {
      let slot = choices.index(below: model.nodes[parent].children.count)
      let child = model.nodes[parent].children[slot]
      if let grandchild = pick(model.nodes[child].children) {
        let address = model.nodes[grandchild].range.first.rawValue
        return addRefit(to: [.change(model.path(parent, slot, .entryChild), .to(address))])
      }
    }
    return deepenLeaf()
  }

  /// Makes a leaf an internal node that leads to the next leaf, whose own entry is removed.
  private mutating func deepenLeaf() -> [Edit] {
    let parents = model.nodes.indices.filter { index in
      let children = model.nodes[index].children
      return children.count > 2 && children.allSatisfy { model.nodes[$0].kind == .leaf }
        && Int(model.nodes[index].path.depth) + 2 < Format.maximumLevels
    }
    guard let parent = pick(parents) else { return [] }
    let node = model.nodes[parent]
    let last = node.children.count - 1
    guard node.entries.count == node.children.count, last > 0 else { return [] }
    let below = node.entries[last]
    let path = model.nodes[node.children[last - 1]].path
    // The entry before covers both ranges, if 32 bits can hold the count.
    let span =
      below.offset.rawValue &+ below.blocks.rawValue &- node.entries[last - 1].offset.rawValue
    guard span <= UInt32.max else { return [] }
    return addRefit(to: [
      .reshape(path, .internal),
      .change(.entry(path, slot: 0, .entryOffset), .to(below.offset.rawValue)),
      .change(.entry(path, slot: 0, .entryBlocks), .to(below.blocks.rawValue)),
      .change(.entry(path, slot: 0, .entryChild), .to(below.child.rawValue)),
      .change(model.path(parent, last - 1, .entryBlocks), .to(span)),
      .clear(model.path(parent, last, nil)),
    ])
  }

  /// VCI-NODE-012: a leaf at level 16 that becomes an internal node.
  mutating func treeDepth() -> [Edit] {
    // Drawn only so that a seed keeps its choices.
    guard pickEntry() != nil else { return [] }
    let leaf = pickNode {
      $0.kind == .leaf && Int($0.path.depth) + 1 == Format.maximumLevels
    }
    guard let leaf else { return [] }
    let node = model.nodes[leaf]
    let offset = node.usedRanges.first.map { UInt64($0.lower) } ?? 0
    let children: [UInt64] = [
      node.range.first.rawValue, model.root.first.rawValue, 1, .max,
      node.range.first.rawValue + 1,
    ]
    var edits = [Edit.reshape(node.path, .internal)]
    for slot in choices.chance(1, in: 3) ? [0, 1] : [0] {
      edits += [
        .change(.entry(node.path, slot: slot, .entryOffset), .to(offset)),
        .change(.entry(node.path, slot: slot, .entryBlocks), .to(1)),
        .change(.entry(node.path, slot: slot, .entryChild), .to(choices.element(of: children))),
      ]
    }
    return addRefit(to: edits)
  }
}

extension Breakage {
  /// VCI-INT-001: two neighbours that overlap, or in the wrong order.
  mutating func entryOrder() -> [Edit] {
    // The first one is drawn only so that a seed keeps its choices.
    guard pickEntry() != nil,
      let node = pickNode(where: {
        $0.kind == .internal && $0.entries.count > 1 && $0.path.depth + 1 < Format.maximumLevels
      }), let (left, right) = pickNeighbours(of: node)
    else { return [] }
    let first = model.entry(left)
    let distance = model.entry(right).offset.rawValue &- first.offset.rawValue
    switch choices.number(upTo: 3) {
    case 0 where distance < UInt32.max:
      return [.change(model.path(left, .entryBlocks), .to(distance + 1))]
    case 1:
      return [.change(model.path(right, .entryOffset), .to(first.offset.rawValue))]
    case 2:
      let last = first.offset.rawValue &+ first.blocks.rawValue &- 1
      return [.change(model.path(right, .entryOffset), .to(last))]
    default: return model.edits(exchanging: left, right)
    }
  }

  /// VCI-INT-002: an entry that ends after the end of the disk.
  mutating func entryWithinDisk() -> [Edit] {
    guard let pick = pickEntry() else { return [] }
    let entry = model.entry(pick)
    let end = Format.diskEnd.rawValue
    let room = end - min(entry.offset.rawValue, end)
    if room < UInt32.max, choices.chance(3, in: 4) {
      return [.change(model.path(pick, .entryBlocks), .to(room + 1))]
    }
    let offsets: [UInt64] = [
      end &- entry.blocks.rawValue &+ 1, end, 1 << 63, .max, 0 &- entry.blocks.rawValue,
    ]
    return [.change(model.path(pick, .entryOffset), .to(choices.element(of: offsets)))]
  }

  /// VCI-INT-003: an entry whose range lacks the first or the last block that the child holds.
  mutating func childWithinEntry() -> [Edit] {
    guard let pick = pickEntry() else { return [] }
    let children = model.nodes[pick.node].children
    guard pick.slot < children.count else { return [] }
    let ranges = model.nodes[children[pick.slot]].usedRanges
    guard let first = ranges.first, let last = ranges.last else { return [] }
    let range = SlotRange(pick.slot, model.entry(pick))
    func set(_ field: Field, to value: UInt128) -> Edit {
      .change(model.path(pick, field), .to(UInt64(truncatingIfNeeded: value)))
    }
    if choices.chance(1, in: 2), last.upper > range.lower + 1, last.upper <= range.upper {
      return [set(.entryBlocks, to: last.upper - 1 - range.lower)]
    }
    guard first.lower + 1 < range.upper, first.lower >= range.lower else { return [] }
    return [
      set(.entryOffset, to: first.lower + 1), set(.entryBlocks, to: range.upper - first.lower - 1),
    ]
  }
}
