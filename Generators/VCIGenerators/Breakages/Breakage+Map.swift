internal import PropertyEngine
internal import VCIFormat

extension Breakage {
  static func counters(_ rule: Rule, _ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    switch rule {
    case .mapMagic:
      let values: [Change] = [.flipping(1 << choices.number(upTo: 31)), .to(0x5642_4c4b), .to(0)]
      return [.change(.field(.mapMagic), choices.element(of: values))]
    case .mapVersion:
      return [
        .change(.field(.mapVersion), .to(choices.element(of: [2, 0, 0x100, 0x0100_0000])))
      ]
    case .mapCoversCache:
      let values: [Change] = [.adding(1), .adding(.max), .adding(4096), .to(0), .to(.max)]
      return [.change(.field(.mapBlocks), choices.element(of: values))]
    case .mapCountersSum: return unevenSum(&choices)
    case .mapFreeCount: return shifted(from: .mapFree, model, &choices)
    case .mapReservedZero: return [strayByte(.field(.mapReserved), 472, &choices)]
    case .mapTotals: return shifted(from: .mapMetadata, model, &choices)
    case .mapTotalsApart:
      let metadata = model.counters.metadata.rawValue
      let data = model.counters.data.rawValue
      guard metadata != data else { return [] }
      return [
        .change(.field(.mapMetadata), .to(data)), .change(.field(.mapData), .to(metadata)),
      ]
    default: return []
    }
  }

  private static let sums: [Field] = [.mapFree, .mapMetadata, .mapData]

  /// A sum that is off, or that is right only where it wraps at 2^64.
  private static func unevenSum(_ choices: inout Choices) -> [Edit] {
    let first = choices.element(of: sums)
    guard choices.chance(1, in: 3) else {
      return [.change(.field(first), .adding(choices.element(of: [1, .max, 1 << 32])))]
    }
    return sums.filter { $0 != first }.map { .change(.field($0), .adding(1 << 63)) }
  }

  /// A block that is counted in the wrong counter; the sum stays.
  private static func shifted(
    from field: Field, _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
    let others: [Field] = field == .mapFree ? [.mapMetadata, .mapData] : [.mapData]
    let other = choices.element(of: others)
    let amount = choices.element(of: [1, 2, 8] as [UInt64])
    let fromOther = choices.chance(1, in: 2)
    let source = fromOther ? other : field
    let stored =
      switch source {
      case .mapFree: model.counters.free
      case .mapMetadata: model.counters.metadata
      default: model.counters.data
      }
    // Where there is nothing to take, it is taken from the other one.
    let isReversed = stored.rawValue < amount
    let loser = isReversed ? (fromOther ? field : other) : source
    let winner = loser == field ? other : field
    return [
      .change(.field(loser), .adding(0 &- amount)), .change(.field(winner), .adding(amount)),
    ]
  }

  static func bits(_ rule: Rule, _ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    let blocks = model.header.blocks.rawValue
    switch rule {
    case .mapTailClear:
      guard blocks < model.bitCapacity else { return [] }
      let last = model.bitCapacity - 1
      return [
        .toggle(
          BlockAddress(choices.element(of: [blocks, last, choices.number(in: blocks...last)])))
      ]
    case .mapHoldsMetadata:
      let part = choices.element(of: [BlockRange(0, 2), model.map, model.root])
      return cleared(in: part, model, &choices)
    case .extentAllocated:
      return model.pickExtent(&choices).map { pick in
        cleared(in: model.extent(pick).data, model, &choices)
      } ?? []
    case .nodeAllocated:
      return model.pickNode(&choices) { $0.path != .root }.map { node in
        cleared(in: model.nodes[node].place, model, &choices)
      } ?? []
    case .blockOwned: return leak(model, &choices)
    default: return []
    }
  }

  /// Clears the bit of the first, the last or some other block of `part`.
  private static func cleared(
    in part: BlockRange, _ model: ImageModel, _ choices: inout Choices
  ) -> [Edit] {
    let last = part.count.rawValue - 1
    let step = choices.element(of: [0, last, choices.number(upTo: last)])
    let (block, overflow) = part.first.rawValue.addingReportingOverflow(step)
    guard !overflow, model.bits.contains(block) else { return [] }
    return [.toggle(BlockAddress(block))]
  }

  /// Sets the bit of a block that nobody owns, or takes the owner of one away.
  private static func leak(_ model: ImageModel, _ choices: inout Choices) -> [Edit] {
    let blocks = model.header.blocks.rawValue
    let start = choices.element(of: [blocks &- 1, choices.magnitude(upTo: blocks &- 1)])
    let free = model.bits.firstMissing(in: start..<max(blocks, start))
    if let free, choices.chance(4, in: 5) {
      let next = free + 1
      let isPair = next < blocks && !model.bits.contains(next) && choices.chance(1, in: 3)
      return isPair
        ? [.toggle(BlockAddress(free)), .toggle(BlockAddress(next))]
        : [.toggle(BlockAddress(free))]
    }
    return model.usedExtents.last.map { [.clear(model.path($0, nil))] } ?? []
  }
}
