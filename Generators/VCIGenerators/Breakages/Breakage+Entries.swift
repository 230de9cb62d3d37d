internal import PropertyEngine
internal import VCIFormat

extension Breakage {
  static func entry(_ rule: Rule, _ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    guard let pick = model.pickEntry(&choices) else { return [] }
    switch rule {
    case .childInRange: return childBeyondCache(pick, model, &choices)
    case .nodeNamedOnce: return namedTwice(pick, model, &choices)
    case .nodeApart: return overlapping(pick, model, &choices)
    case .leavesLevel: return skippedLevel(model, &choices)
    case .treeDepth: return levelTooMany(model, &choices)
    case .entryOrder: return entryDisorder(model, &choices)
    case .entryWithinDisk: return entryBeyondDisk(pick, model, &choices)
    case .childWithinEntry: return narrowed(pick, model, &choices)
    default: return []
    }
  }

  private static func childBeyondCache(
    _ pick: SlotPick, _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
    let blocks = model.header.blocks.rawValue
    let values: [UInt64] = [
      1, blocks &- 7, blocks, .max - 7, .max, 1 << 55, 1 << 55 | model.entry(pick).child.rawValue,
    ]
    return [.change(model.path(pick, .entryChild), .to(choices.element(of: values)))]
  }

  /// Names the root, an ancestor, the node itself, or a node that another entry names.
  private static func namedTwice(
    _ pick: SlotPick, _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
    let own = model.nodes[pick.node]
    let parent = model.nodes.firstIndex { $0.children.contains(pick.node) } ?? 0
    let others = model.nodes.indices.filter { $0 != own.children.first ?? 0 }
    // A root that alone is left of its tree, as images that nobody planned may have.
    guard !others.isEmpty else { return [] }
    let targets = [
      0, pick.node, parent, choices.element(of: others), choices.element(of: others),
      choices.element(of: others),
    ]
    let child = model.nodes[choices.element(of: targets)].place.first
    guard child != model.entry(pick).child else { return [] }
    return [.change(model.path(pick, .entryChild), .to(child.rawValue))]
  }

  /// Names a place that has blocks of the map or of a node, and is neither.
  private static func overlapping(
    _ pick: SlotPick, _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
    let part =
      choices.chance(1, in: 3)
      ? model.map : model.nodes[choices.index(below: model.nodes.count)].place
    let end = part.first.rawValue + part.count.rawValue
    let places = [
      part.first.rawValue &- 7, part.first.rawValue &- 1, part.first.rawValue + 1, end - 1,
    ].filter { place in
      let blocks = BlockRange(BlockAddress(place), Format.nodeBlocks)
      return model.isInRange(blocks) && model.isInFile(blocks)
        && model.node(at: blocks.first) == nil
        && NodeType(rawValue: model.firstByte(of: blocks.first)) == nil
    }
    guard !places.isEmpty else { return [] }
    return [.change(model.path(pick, .entryChild), .to(choices.element(of: places)))]
  }

  /// Leads past an internal node, so that leaves below it lie a level higher than others.
  private static func skippedLevel(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    let parents = model.nodes.indices.filter { index in
      let node = model.nodes[index]
      return node.children.count > 1
        && node.children.contains { model.nodes[$0].kind == .internal }
    }
    if let parent = model.pick(parents, &choices) {
      let slot = choices.index(below: model.nodes[parent].children.count)
      let child = model.nodes[parent].children[slot]
      if let grandchild = model.pick(model.nodes[child].children, &choices) {
        let address = model.nodes[grandchild].place.first.rawValue
        return refitted(
          [.change(model.path(parent, slot, .entryChild), .to(address))], &choices)
      }
    }
    return deepened(model, &choices)
  }

  /// Makes a leaf an internal node that leads to the leaf beside it, whose own entry goes.
  private static func deepened(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    let parents = model.nodes.indices.filter { index in
      let children = model.nodes[index].children
      return children.count > 2 && children.allSatisfy { model.nodes[$0].kind == .leaf }
        && Int(model.nodes[index].path.depth) + 2 < Format.maximumLevels
    }
    guard let parent = model.pick(parents, &choices) else { return [] }
    let node = model.nodes[parent]
    let last = node.children.count - 1
    guard node.entries.count == node.children.count, last > 0 else { return [] }
    let below = node.entries[last]
    let path = model.nodes[node.children[last - 1]].path
    // The entry of the leaf that goes deeper takes both ranges, where 32 bits can hold them.
    let span =
      below.offset.rawValue &+ below.blocks.rawValue &- node.entries[last - 1].offset.rawValue
    guard span <= UInt32.max else { return [] }
    return refitted(
      [
        .reshape(path, .internal),
        .change(.entry(path, slot: 0, .entryOffset), .to(below.offset.rawValue)),
        .change(.entry(path, slot: 0, .entryBlocks), .to(below.blocks.rawValue)),
        .change(.entry(path, slot: 0, .entryChild), .to(below.child.rawValue)),
        .change(model.path(parent, last - 1, .entryBlocks), .to(span)),
        .clear(model.path(parent, last, nil)),
      ], &choices)
  }

  /// Makes a leaf at the last level an internal node that leads further down.
  private static func levelTooMany(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    let leaf = model.pickNode(&choices) {
      $0.kind == .leaf && Int($0.path.depth) + 1 == Format.maximumLevels
    }
    guard let leaf else { return [] }
    let path = model.nodes[leaf].path
    let range = model.nodes[leaf].usedRanges.first
    let offset = range.map { UInt64($0.lower) } ?? 0
    let children: [UInt64] = [
      model.nodes[leaf].place.first.rawValue, model.root.first.rawValue, 1, .max,
      model.nodes[leaf].place.first.rawValue + 1,
    ]
    let slots = choices.chance(1, in: 3) ? [0, 1] : [0]
    let entries = slots.flatMap { slot -> [Edit] in
      [
        .change(.entry(path, slot: slot, .entryOffset), .to(offset)),
        .change(.entry(path, slot: slot, .entryBlocks), .to(1)),
        .change(.entry(path, slot: slot, .entryChild), .to(choices.element(of: children))),
      ]
    }
    return refitted([.reshape(path, .internal)] + entries, &choices)
  }

  /// The edits, half of the time with bitmap and counters as they are owned afterwards.
  private static func refitted(_ edits: [Edit], _ choices: inout Choices) -> [Edit] {
    choices.chance(1, in: 2) ? edits + [.refit] : edits
  }
}

extension Breakage {
  /// Two neighbours that overlap, or stand the wrong way round.
  private static func entryDisorder(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    let node = model.pickNode(&choices) {
      $0.kind == .internal && $0.entries.count > 1 && $0.path.depth + 1 < Format.maximumLevels
    }
    guard let node else { return [] }
    let used = model.usedSlots(of: node)
    guard used.count > 1, let index = model.pick(Array(0..<used.count - 1), &choices) else {
      return []
    }
    let left = SlotPick(node: node, slot: used[index])
    let right = SlotPick(node: node, slot: used[index + 1])
    let (first, second) = (model.entry(left), model.entry(right))
    let distance = second.offset.rawValue &- first.offset.rawValue
    switch choices.number(upTo: 3) {
    case 0 where distance < UInt32.max:
      return [.change(model.path(left, .entryBlocks), .to(distance + 1))]
    case 1:
      return [.change(model.path(right, .entryOffset), .to(first.offset.rawValue))]
    case 2:
      let last = first.offset.rawValue &+ first.blocks.rawValue &- 1
      return [.change(model.path(right, .entryOffset), .to(last))]
    default:
      return moved(left, to: right.slot, model) + moved(right, to: left.slot, model)
    }
  }

  private static func entryBeyondDisk(
    _ pick: SlotPick, _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
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

  /// Takes the first or the last block that the child holds out of the entry's range.
  private static func narrowed(
    _ pick: SlotPick, _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
    let entry = model.entry(pick)
    let children = model.nodes[pick.node].children
    guard pick.slot < children.count else { return [] }
    let ranges = model.nodes[children[pick.slot]].usedRanges
    guard let first = ranges.first, let last = ranges.last else { return [] }
    let end = UInt128(entry.offset.rawValue) + UInt128(entry.blocks.rawValue)
    let start = UInt128(entry.offset.rawValue)
    if choices.chance(1, in: 2), last.upper > start + 1, last.upper <= end {
      return [
        .change(
          model.path(pick, .entryBlocks), .to(UInt64(truncatingIfNeeded: last.upper - 1 - start)))
      ]
    }
    guard first.lower + 1 < end, first.lower >= start else { return [] }
    return [
      .change(
        model.path(pick, .entryOffset), .to(UInt64(truncatingIfNeeded: first.lower + 1))),
      .change(
        model.path(pick, .entryBlocks), .to(UInt64(truncatingIfNeeded: end - first.lower - 1))),
    ]
  }
}
