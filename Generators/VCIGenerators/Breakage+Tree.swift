internal import PropertyEngine
internal import VCIFormat

extension Breakage {
  static func node(_ rule: Rule, _ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    switch rule {
    case .nodeType:
      return [.change(.node(.root, .nodeType), .to(choices.element(of: [3, 0, 0x82, 0xff])))]
    case .nodeEntriesFirst: return gap(model, &choices)
    case .nodeEntriesWhole: return half(model, &choices)
    case .nodeRestZero:
      let padding = strayByte(.node(.root, .nodeEntries), 29, &choices)
      guard model.slots.count < Format.extentsPerLeaf, choices.chance(1, in: 2) else {
        return [padding]
      }
      let slot = choices.element(of: [model.slots.count, Format.extentsPerLeaf - 1])
      let field = choices.element(of: [
        Field.extentOffset, .extentPrevious, .extentNext, .extentFlags, .extentReserved,
      ])
      return [.change(.extent(.root, slot: slot, field), .to(choices.number(in: 1...255)))]
    default: return []
    }
  }

  /// An unused slot in front of a used one.
  private static func gap(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    let used = model.used
    guard let last = used.last else { return [] }
    if used.count > 1, choices.chance(1, in: 2) || last + 1 >= Format.extentsPerLeaf {
      return [.clear(.extent(.root, slot: choices.element(of: used.dropLast()), nil))]
    }
    guard last + 1 < Format.extentsPerLeaf else { return [] }
    let target = choices.element(of: [last + 1, Format.extentsPerLeaf - 1])
    return move(model.slots[last], to: target) + [.clear(.extent(.root, slot: last, nil))]
  }

  /// Puts an extent into a slot.
  private static func move(_ extent: Extent, to slot: Int) -> [Edit] {
    [
      (Field.extentPrevious, extent.previous.rawValue), (.extentNext, extent.next.rawValue),
      (.extentFlags, UInt64(extent.flags)), (.extentReserved, UInt64(extent.reserved)),
      (.extentOffset, extent.offset.rawValue), (.extentBlocks, extent.blocks.rawValue),
      (.extentAddress, extent.address.rawValue),
    ].map { .change(.extent(.root, slot: slot, $0), .to($1)) }
  }

  /// A slot of which block count or address alone is zero.
  private static func half(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    let field = choices.element(of: [Field.extentBlocks, .extentAddress])
    let isUsed = choices.chance(2, in: 3)
    if isUsed, let slot = usedSlot(of: model, &choices) {
      return [.change(.extent(.root, slot: slot, field), .to(0))]
    }
    guard model.slots.count < Format.extentsPerLeaf else { return [] }
    let slot = choices.element(of: [model.slots.count, Format.extentsPerLeaf - 1])
    return [.change(.extent(.root, slot: slot, field), .to(choices.number(in: 1...4096)))]
  }

  static func extent(_ rule: Rule, _ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    guard let slot = usedSlot(of: model, &choices) else { return [] }
    switch rule {
    case .extentOrder: return disorder(model, &choices)
    case .extentWithinDisk: return beyondDisk(model, &choices)
    case .extentInRange: return beyondCache(slot, model, &choices)
    case .extentApartFromMetadata:
      return onto(choices.element(of: [model.map, model.root]), slot, model, &choices)
    case .extentApartFromData:
      let others = model.used.filter { $0 != slot }
      guard !others.isEmpty else { return [] }
      return onto(model.slots[choices.element(of: others)].data, slot, model, &choices)
    case .extentFlags:
      let values: [UInt64] = [1, 0x80, choices.number(in: 1...255)]
      return [
        .change(.extent(.root, slot: slot, .extentFlags), .to(choices.element(of: values)))
      ]
    case .extentReservedZero:
      return [
        .change(.extent(.root, slot: slot, .extentReserved), .to(choices.number(in: 1...255)))
      ]
    default: return []
    }
  }

  /// Two neighbours that overlap, or stand the wrong way round.
  private static func disorder(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    let used = model.used
    guard used.count > 1 else { return [] }
    let index = choices.index(below: used.count - 1)
    let (left, right) = (used[index], used[index + 1])
    let first = model.slots[left]
    let offset = Path.extent(.root, slot: right, .extentOffset)
    switch choices.number(upTo: 3) {
    case 0:
      return [.change(offset, .to(first.offset.rawValue &+ first.blocks.rawValue &- 1))]
    case 1: return [.change(offset, .to(first.offset.rawValue))]
    case 2:
      let second = model.slots[right]
      return move(second, to: left) + move(first, to: right)
    default:
      let distance = model.slots[right].offset.rawValue &- first.offset.rawValue
      guard distance < UInt32.max else { return [] }
      return [.change(.extent(.root, slot: left, .extentBlocks), .to(distance + 1))]
    }
  }

  /// The last extent behind the end of every disk.
  private static func beyondDisk(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    guard let last = model.used.last else { return [] }
    let end = Format.diskEnd.rawValue
    let blocks = model.slots[last].blocks.rawValue
    let values: [UInt64] = [end &- blocks &+ 1, end, .max, 0 &- blocks, 1 << 63]
    return [
      .change(.extent(.root, slot: last, .extentOffset), .to(choices.element(of: values)))
    ]
  }

  /// Data that is not inside the cache.
  private static func beyondCache(
    _ slot: Int, _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
    let cache = model.header.blocks.rawValue
    let blocks = model.slots[slot].blocks.rawValue
    if cache < UInt32.max, choices.chance(1, in: 6) {
      return [.change(.extent(.root, slot: slot, .extentBlocks), .to(0xffff_ffff))]
    }
    let values: [UInt64] = [
      1, cache &- blocks &+ 1, cache, .max, 0 &- blocks, 1 << 54, 1 << 55 | 2,
    ]
    return [
      .change(.extent(.root, slot: slot, .extentAddress), .to(choices.element(of: values)))
    ]
  }

  /// Moves an extent's data so that it meets `part`: at its start, at its end, or right on it.
  private static func onto(
    _ part: BlockRange, _ slot: Int, _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
    let blocks = model.slots[slot].blocks.rawValue
    let start = part.first.rawValue
    let places = [start, start &+ part.count.rawValue &- 1, start &- blocks &+ 1].filter {
      BlockRange(BlockAddress($0), BlockCount(blocks))
        .isWithin(Format.firstBlock, BlockAddress(model.header.blocks.rawValue))
    }
    guard !places.isEmpty else { return [] }
    return [
      .change(.extent(.root, slot: slot, .extentAddress), .to(choices.element(of: places)))
    ]
  }

  static func links(_ rule: Rule, _ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    guard !model.header.isDirty, let slot = usedSlot(of: model, &choices) else { return [] }
    let extent = model.slots[slot]
    let isNext = choices.chance(1, in: 2)
    let path = Path.extent(.root, slot: slot, isNext ? .extentNext : .extentPrevious)
    let old = isNext ? extent.next : extent.previous
    let addresses = Set(model.used.map { model.slots[$0].address })
    if rule == .lruLinks {
      let values: [UInt64] = [1, extent.address.rawValue &+ 1, .max, 1 << 63]
      let bogus = values.filter { !addresses.contains(BlockAddress($0)) }
      return [.change(path, .to(choices.element(of: bogus)))]
    }
    if addresses.count > 2, choices.chance(1, in: 3) { return cycle(model, &choices) }
    let others = [0] + addresses.sorted()
    let wrong = others.filter { $0 != old }
    return [.change(path, .to(choices.element(of: wrong).rawValue))]
  }

  /// Links one extent to itself and leaves it out of the list, or links all into a ring.
  private static func cycle(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    let used = model.used
    let isRing = choices.chance(1, in: 2)
    var edits: [Edit] = []
    for (index, slot) in used.enumerated() {
      let before = used[(index + used.count - 1) % used.count]
      let after = used[(index + 1) % used.count]
      var links = (previous: model.slots[before].address, next: model.slots[after].address)
      if !isRing {
        let address = model.slots[slot].address
        if index == used.count - 1 { links = (address, address) }
        if index == used.count - 2 { links.next = 0 }
        if index == 0 { links.previous = 0 }
      }
      edits.append(
        .change(.extent(.root, slot: slot, .extentPrevious), .to(links.previous.rawValue)))
      edits.append(.change(.extent(.root, slot: slot, .extentNext), .to(links.next.rawValue)))
    }
    return edits
  }
}
