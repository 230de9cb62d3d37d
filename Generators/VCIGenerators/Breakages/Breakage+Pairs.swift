internal import PropertyEngine
internal import VCIFormat

/// Breakages of two edits, of which one makes up for the other: a checker that compares totals, and
/// not what they are the totals of, finds nothing.
extension Breakage {
  /// The rules that such a pair can break, with the pairs.
  static let paired: [Rule: @Sendable (inout Breakage) -> [Edit]] = [
    .mapHoldsMetadata: { $0.leaking(besides: $0.mapHoldsMetadata()) },
    .nodeAllocated: { $0.leaking(besides: $0.nodeAllocated()) },
    .extentAllocated: {
      $0.choices.chance(1, in: 2)
        ? $0.leaking(besides: $0.extentAllocated()) : $0.extentGrown(ontoData: false)
    },
    .extentApartFromData: { $0.extentGrown(ontoData: true) },
    .blockOwned: {
      $0.choices.chance(1, in: 2) ? $0.addressesExchanged(ofLike: false) : $0.blockPassedOn()
    },
    .lruList: { $0.addressesExchanged(ofLike: true) },
    .childWithinEntry: { $0.childrenExchanged() },
  ]

  /// Adds to edits that clear a bit one that sets the bit of a free block: half of the time one of
  /// the same byte, if there is one. As many bits are set as before.
  private mutating func leaking(besides edits: [Edit]) -> [Edit] {
    guard case .toggle(let cleared)? = edits.last, edits.count == 1 else { return [] }
    let blocks = model.header.blocks.rawValue
    guard blocks > cleared.rawValue else { return [] }
    let byte = cleared.rawValue / 8 * 8
    let start = choices.magnitude(upTo: blocks - 1)
    let isNear = choices.chance(1, in: 2)
    let near = model.bits.firstMissing(in: byte..<min(byte + 8, blocks))
    guard let free = isNear ? near : model.bits.firstMissing(in: start..<blocks) else { return [] }
    return edits + [.toggle(BlockAddress(free))]
  }

  /// Makes an extent a block longer, and counts the block as data: one without a bit, or, if
  /// `ontoData`, the first one of other data. The counters have the right sum, and that of data is
  /// the sum of the extents' counts.
  private mutating func extentGrown(ontoData: Bool) -> [Edit] {
    let used = model.usedExtents
    let firsts = Set(used.map { model.extent($0).address })
    let fit = used.indices.filter { index in
      guard
        let next = growth(of: used[index], before: index + 1 < used.count ? used[index + 1] : nil)
      else { return false }
      return ontoData
        ? firsts.contains(next)
        : !model.bits.contains(next.rawValue) && model.isWithoutMetadata(BlockRange(next, 1))
    }
    guard model.counters.free > 0, let index = pick(fit) else { return [] }
    let data = model.extent(used[index]).data
    let end = (data.first.rawValue + data.count.rawValue + 1) * Format.blockSize
    return [
      .change(model.path(used[index], .extentBlocks), .adding(1)),
      .change(.field(.mapFree), .adding(.max)), .change(.field(.mapData), .adding(1)),
    ] + (end > model.size ? [.resize(end)] : [])
  }

  /// Returns the file block by which an extent can grow; `nil` if it can't, as its disk blocks or
  /// the cache end there.
  private func growth(of pick: SlotPick, before next: SlotPick?) -> BlockAddress? {
    let extent = model.extent(pick)
    let (end, overflow) = extent.offset.rawValue.addingReportingOverflow(extent.blocks.rawValue)
    let limit = next.map { model.extent($0).offset.rawValue } ?? Format.diskEnd.rawValue
    guard !overflow, end < limit, extent.blocks.rawValue < UInt32.max, model.isInRange(extent.data),
      let block = extent.data.end, block.rawValue < model.header.blocks.rawValue
    else { return nil }
    return block
  }

  /// Makes an extent a block shorter and another one a block longer.
  private mutating func blockPassedOn() -> [Edit] {
    let used = model.usedExtents
    let long = used.indices.filter { model.extent(used[$0]).blocks > 1 }
    guard let loser = pick(long) else { return [] }
    let growing = used.indices.filter { index in
      index != loser
        && growth(of: used[index], before: index + 1 < used.count ? used[index + 1] : nil) != nil
    }
    guard let winner = pick(growing) else { return [] }
    return [
      .change(model.path(used[loser], .extentBlocks), .adding(.max)),
      .change(model.path(used[winner], .extentBlocks), .adding(1)),
    ]
  }

  /// Exchanges the addresses of two extents, of one length or of two. The sums of addresses and of
  /// counts stay; the bits are wrong, or the links are.
  private mutating func addressesExchanged(ofLike: Bool) -> [Edit] {
    let used = model.usedExtents
    guard let first = pick(Array(used.indices)) else { return [] }
    let own = model.extent(used[first])
    guard !ofLike || own.previous != 0 || own.next != 0 else { return [] }
    let others = used.indices.filter { index in
      let other = model.extent(used[index])
      return index != first && (other.blocks == own.blocks) == ofLike
        && other.address != own.address
    }
    guard let second = pick(others) else { return [] }
    let other = model.extent(used[second])
    return [
      .change(model.path(used[first], .extentAddress), .to(other.address.rawValue)),
      .change(model.path(used[second], .extentAddress), .to(own.address.rawValue)),
    ]
  }

  /// Exchanges the children of two entries of one level. All nodes are named once.
  private mutating func childrenExchanged() -> [Edit] {
    guard let pick = pickEntry() else { return [] }
    let depth = model.nodes[pick.node].path.depth
    let others = model.nodes.indices.filter {
      model.nodes[$0].kind == .internal && model.nodes[$0].path.depth == depth
    }.flatMap { node in model.usedSlots(of: node).map { SlotPick(node: node, slot: $0) } }
      .filter { model.entry($0).child != model.entry(pick).child }
    guard let index = self.pick(Array(others.indices)) else { return [] }
    let (own, other) = (model.entry(pick).child, model.entry(others[index]).child)
    return [
      .change(model.path(pick, .entryChild), .to(other.rawValue)),
      .change(model.path(others[index], .entryChild), .to(own.rawValue)),
    ]
  }
}
