internal import VCIFormat

extension Checker {
  /// Judges the LRU list of an image that is not dirty, for a root that is a leaf.
  func judgeLinks() {
    guard leaf.used.contains(where: { $0.extent.isLinked }) else { return }
    let list = RecencyList(leaf.used)
    guard !list.hasTwins else { return }
    for slot in leaf.used {
      if !list.has(slot.extent.previous) { addLink(slot, .extentPrevious, slot.extent.previous) }
      if !list.has(slot.extent.next) { addLink(slot, .extentNext, slot.extent.next) }
    }
    guard !broken.contains(.lruLinks), let flaw = list.firstFlaw() else { return }
    let link = flaw.field == .extentNext ? flaw.slot.extent.next : flaw.slot.extent.previous
    add(
      Violation(
        .lruList, site: .checkerLruList, at: .extent(.root, slot: flaw.slot.index, flaw.field),
        offset: place(flaw.slot.index, flaw.field), length: 8, expected: .not(link.rawValue),
        actual: link.rawValue))
  }

  private func addLink(_ slot: UsedSlot, _ field: Field, _ link: BlockAddress) {
    add(
      Violation(
        .lruLinks, site: .checkerLruLinks, at: .extent(.root, slot: slot.index, field),
        offset: place(slot.index, field), length: 8, expected: .exactly(0),
        actual: link.rawValue))
  }
}

extension Extent {
  /// Whether the extent says that it is in a list.
  fileprivate var isLinked: Bool { previous != 0 || next != 0 }
}

/// The links of extents, found by address.
private struct RecencyList {
  private let used: [UsedSlot]
  /// Indices into `used`, by address.
  private let byAddress: [Int]

  init(_ used: [UsedSlot]) {
    self.used = used
    byAddress = used.indices.sorted { used[$0].extent.address < used[$1].extent.address }
  }

  /// Whether two extents have the same address, so that a link may mean either.
  var hasTwins: Bool {
    zip(byAddress, byAddress.dropFirst()).contains {
      used[$0].extent.address == used[$1].extent.address
    }
  }

  /// Whether `link` is 0 or leads to an extent.
  func has(_ link: BlockAddress) -> Bool { link == 0 || index(of: link) != nil }

  /// The first place at which the links are not those of one list over all extents.
  ///
  /// - Precondition: every link is 0 or leads to an extent.
  func firstFlaw() -> (slot: UsedSlot, field: Field)? {
    for slot in used {
      let extent = slot.extent
      if let before = index(of: extent.previous), used[before].extent.next != extent.address {
        return (slot, .extentPrevious)
      }
      if let after = index(of: extent.next), used[after].extent.previous != extent.address {
        return (slot, .extentNext)
      }
    }
    return flawOfWhole().map { (used[$0], .extentPrevious) }
  }

  /// Where links that agree pairwise do not make one list: a second head, or a ring.
  private func flawOfWhole() -> Int? {
    let heads = used.indices.filter { used[$0].extent.previous == 0 }
    if heads.count > 1 { return heads[1] }
    var isReached = [Bool](repeating: false, count: used.count)
    var next = heads.first
    while let current = next, !isReached[current] {
      isReached[current] = true
      next = index(of: used[current].extent.next)
    }
    return isReached.firstIndex(of: false)
  }

  private func index(of link: BlockAddress) -> Int? {
    guard link != 0 else { return nil }
    var lower = 0
    var upper = byAddress.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if used[byAddress[middle]].extent.address < link {
        lower = middle + 1
      } else {
        upper = middle
      }
    }
    guard lower < byAddress.count, used[byAddress[lower]].extent.address == link else { return nil }
    return byAddress[lower]
  }
}
