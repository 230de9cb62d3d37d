internal import PropertyEngine
internal import VCIFormat

extension Breakage {
  static func extent(_ rule: Rule, _ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    guard let pick = model.pickExtent(&choices) else { return [] }
    switch rule {
    case .extentOrder: return disorder(model, &choices)
    case .extentWithinDisk: return beyondDisk(model, &choices)
    case .extentInRange: return beyondCache(pick, model, &choices)
    case .extentApartFromMetadata:
      let node = model.pickNode(&choices) { _ in true } ?? 0
      return onto(
        choices.element(of: [model.map, model.nodes[node].place]), pick, model, &choices)
    case .extentApartFromData:
      guard let other = model.pickExtent(&choices), other != pick else { return [] }
      return onto(model.extent(other).data, pick, model, &choices)
    case .extentFlags:
      let values: [UInt64] = [1, 0x80, choices.number(in: 1...255)]
      return [.change(model.path(pick, .extentFlags), .to(choices.element(of: values)))]
    case .extentReservedZero:
      return [.change(model.path(pick, .extentReserved), .to(choices.number(in: 1...255)))]
    default: return []
    }
  }

  /// Two neighbours that overlap, or stand the wrong way round.
  private static func disorder(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    let node = model.pickNode(&choices) { $0.kind == .leaf && $0.extents.count > 1 }
    guard let node else { return [] }
    let used = model.usedSlots(of: node)
    guard used.count > 1, let index = model.pick(Array(0..<used.count - 1), &choices) else {
      return []
    }
    let left = SlotPick(node: node, slot: used[index])
    let right = SlotPick(node: node, slot: used[index + 1])
    let first = model.extent(left)
    let offset = model.path(right, .extentOffset)
    switch choices.number(upTo: 3) {
    case 0:
      return [.change(offset, .to(first.offset.rawValue &+ first.blocks.rawValue &- 1))]
    case 1: return [.change(offset, .to(first.offset.rawValue))]
    case 2: return moved(left, to: right.slot, model) + moved(right, to: left.slot, model)
    default:
      let distance = model.extent(right).offset.rawValue &- first.offset.rawValue
      guard distance < UInt32.max else { return [] }
      return [.change(model.path(left, .extentBlocks), .to(distance + 1))]
    }
  }

  /// The last extent of a leaf behind the end of every disk.
  private static func beyondDisk(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    guard let node = model.pickNode(&choices, where: { $0.kind == .leaf && $0.isUsed }),
      let slot = model.usedSlots(of: node).last
    else { return [] }
    let last = SlotPick(node: node, slot: slot)
    let end = Format.diskEnd.rawValue
    let blocks = model.extent(last).blocks.rawValue
    let values: [UInt64] = [end &- blocks &+ 1, end, .max, 0 &- blocks, 1 << 63]
    return [.change(model.path(last, .extentOffset), .to(choices.element(of: values)))]
  }

  /// Data that is not inside the cache.
  private static func beyondCache(
    _ pick: SlotPick, _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
    let cache = model.header.blocks.rawValue
    let blocks = model.extent(pick).blocks.rawValue
    if cache < UInt32.max, choices.chance(1, in: 6) {
      return [.change(model.path(pick, .extentBlocks), .to(0xffff_ffff))]
    }
    let values: [UInt64] = [
      1, cache &- blocks &+ 1, cache, .max, 0 &- blocks, 1 << 54,
      1 << 55 | model.extent(pick).address.rawValue,
    ]
    return [.change(model.path(pick, .extentAddress), .to(choices.element(of: values)))]
  }

  /// Moves an extent's data so that it meets `part`: at its start, at its end, or right on it.
  private static func onto(
    _ part: BlockRange, _ pick: SlotPick, _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
    let blocks = model.extent(pick).blocks
    let start = part.first.rawValue
    let places = [start, start &+ part.count.rawValue &- 1, start &- blocks.rawValue &+ 1]
    let fit = places.filter { model.isInRange(BlockRange(BlockAddress($0), blocks)) }
    guard !fit.isEmpty else { return [] }
    return [.change(model.path(pick, .extentAddress), .to(choices.element(of: fit)))]
  }
}

extension Breakage {
  static func links(_ rule: Rule, _ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    guard !model.header.isDirty, let pick = model.pickExtent(&choices) else { return [] }
    let extent = model.extent(pick)
    let isNext = choices.chance(1, in: 2)
    let path = model.path(pick, isNext ? .extentNext : .extentPrevious)
    let old = isNext ? extent.next : extent.previous
    let used = model.usedExtents
    let addresses = Set(used.map { model.extent($0).address })
    if rule == .lruLinks {
      let values: [UInt64] = [1, extent.address.rawValue &+ 1, .max, 1 << 63]
      let bogus = values.filter { !addresses.contains(BlockAddress($0)) }
      guard !bogus.isEmpty else { return [] }
      return [.change(path, .to(choices.element(of: bogus)))]
    }
    if used.count > 2, used.count < 300, choices.chance(1, in: 3) {
      return cycle(used, model, &choices)
    }
    let wrong = ([0] + addresses.sorted()).filter { $0 != old }
    return [.change(path, .to(choices.element(of: wrong).rawValue))]
  }

  /// Links one extent to itself and leaves it out of the list, or links all into a ring.
  private static func cycle(
    _ used: [SlotPick], _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
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
