internal import PropertyEngine
internal import VCIFormat

extension Breakage {
  /// VCI-EXT-001: two neighbours that overlap, or in the wrong order.
  mutating func extentOrder() -> [Edit] {
    // The first one is drawn only so that a seed keeps its choices.
    guard pickExtent() != nil,
      let node = pickNode(where: { $0.kind == .leaf && $0.extents.count > 1 }),
      let (left, right) = pickNeighbours(of: node)
    else { return [] }
    let first = model.extent(left)
    let offset = model.path(right, .extentOffset)
    switch choices.number(upTo: 3) {
    case 0:
      return [.change(offset, .to(first.offset.rawValue &+ first.blocks.rawValue &- 1))]
    case 1: return [.change(offset, .to(first.offset.rawValue))]
    case 2: return model.edits(exchanging: left, right)
    default:
      let distance = model.extent(right).offset.rawValue &- first.offset.rawValue
      guard distance < UInt32.max else { return [] }
      return [.change(model.path(left, .extentBlocks), .to(distance + 1))]
    }
  }

  /// VCI-EXT-002: the last extent of a leaf, after the end of the disk.
  mutating func extentWithinDisk() -> [Edit] {
    // The first one is drawn only so that a seed keeps its choices.
    guard pickExtent() != nil,
      let node = pickNode(where: { $0.kind == .leaf && $0.isUsed }),
      let slot = model.usedSlots(of: node).last
    else { return [] }
    let last = SlotPick(node: node, slot: slot)
    let end = Format.diskEnd.rawValue
    let blocks = model.extent(last).blocks.rawValue
    let values: [UInt64] = [end &- blocks &+ 1, end, .max, 0 &- blocks, 1 << 63]
    return [.change(model.path(last, .extentOffset), .to(choices.element(of: values)))]
  }

  /// VCI-EXT-003: data that is not in range.
  mutating func extentInRange() -> [Edit] {
    guard let pick = pickExtent() else { return [] }
    let cache = model.header.blocks.rawValue
    let extent = model.extent(pick)
    if cache < UInt32.max, choices.chance(1, in: 6) {
      return [.change(model.path(pick, .extentBlocks), .to(0xffff_ffff))]
    }
    let values: [UInt64] = [
      1, cache &- extent.blocks.rawValue &+ 1, cache, .max, 0 &- extent.blocks.rawValue, 1 << 54,
      1 << 55 | extent.address.rawValue,
    ]
    return [.change(model.path(pick, .extentAddress), .to(choices.element(of: values)))]
  }

  /// VCI-EXT-005: data that overlaps the map or a node.
  mutating func extentApartFromMetadata() -> [Edit] {
    guard let pick = pickExtent() else { return [] }
    let node = pickNode { _ in true } ?? 0
    return moveData(of: pick, onto: choices.element(of: [model.map, model.nodes[node].range]))
  }

  /// VCI-EXT-006: data that overlaps the data of another extent.
  mutating func extentApartFromData() -> [Edit] {
    guard let pick = pickExtent(), let other = pickExtent(), other != pick else { return [] }
    return moveData(of: pick, onto: model.extent(other).data)
  }

  /// Moves an extent's data so that it overlaps the start, the end or the whole of `part`.
  private mutating func moveData(of pick: SlotPick, onto part: BlockRange) -> [Edit] {
    let blocks = model.extent(pick).blocks
    let start = part.first.rawValue
    let addresses = [start, start &+ part.count.rawValue &- 1, start &- blocks.rawValue &+ 1]
      .filter { model.isInRange(BlockRange(BlockAddress($0), blocks)) }
    guard !addresses.isEmpty else { return [] }
    return [.change(model.path(pick, .extentAddress), .to(choices.element(of: addresses)))]
  }

  /// VCI-EXT-007: a nonzero flag.
  mutating func extentFlags() -> [Edit] {
    guard let pick = pickExtent() else { return [] }
    let values: [UInt64] = [1, 0x80, choices.number(in: 1...255)]
    return [.change(model.path(pick, .extentFlags), .to(choices.element(of: values)))]
  }

  /// VCI-EXT-008: a nonzero reserved byte.
  mutating func extentReservedZero() -> [Edit] {
    guard let pick = pickExtent() else { return [] }
    return [.change(model.path(pick, .extentReserved), .to(choices.number(in: 1...255)))]
  }
}

extension Breakage {
  /// VCI-LRU-001: a link to a wrong extent, or a list that is a ring or leaves an extent out.
  mutating func lruList() -> [Edit] {
    guard let (pick, field) = pickLink() else { return [] }
    let used = model.usedExtents
    if used.count > 2, used.count < 300, choices.chance(1, in: 3) { return makeCycle(of: used) }
    let old = BlockAddress(model.extent(pick)[field])
    let addresses = Set(used.map { model.extent($0).address })
    let wrong = ([0] + addresses.sorted()).filter { $0 != old }
    return [.change(model.path(pick, field), .to(choices.element(of: wrong).rawValue))]
  }

  /// VCI-LRU-002: a link to an address at which no extent begins.
  mutating func lruLinks() -> [Edit] {
    guard let (pick, field) = pickLink() else { return [] }
    let addresses = Set(model.usedExtents.map { model.extent($0).address })
    let values: [UInt64] = [1, model.extent(pick).address.rawValue &+ 1, .max, 1 << 63]
    let bogus = values.filter { !addresses.contains(BlockAddress($0)) }
    guard !bogus.isEmpty else { return [] }
    return [.change(model.path(pick, field), .to(choices.element(of: bogus)))]
  }

  /// Draws one of the two links of an extent. The list of a dirty image is not checked.
  private mutating func pickLink() -> (pick: SlotPick, field: Field)? {
    guard !model.header.isDirty, let pick = pickExtent() else { return nil }
    return (pick, choices.chance(1, in: 2) ? .extentNext : .extentPrevious)
  }

  /// Links all extents into a ring, or the last one to itself and all others into a list.
  private mutating func makeCycle(of used: [SlotPick]) -> [Edit] {
    let isRing = choices.chance(1, in: 2)
    var edits: [Edit] = []
    for (index, pick) in used.enumerated() {
      let before = used[(index + used.count - 1) % used.count]
      let after = used[(index + 1) % used.count]
      var links = (
        previous: model.extent(before).address, next: model.extent(after).address
      )
      if !isRing {
        let address = model.extent(pick).address
        if index == used.count - 1 { links = (address, address) }
        if index == used.count - 2 { links.next = 0 }
        if index == 0 { links.previous = 0 }
      }
      edits.append(.change(model.path(pick, .extentPrevious), .to(links.previous.rawValue)))
      edits.append(.change(model.path(pick, .extentNext), .to(links.next.rawValue)))
    }
    return edits
  }
}
