internal import VCIFormat

/// Where a link of the LRU list leads.
enum LinkTarget: Equatable {
  /// Nowhere: it is 0.
  case none
  /// To the extent at this index.
  case extent(Int)
  /// To an address that no extent has.
  case astray
}

/// The links of extents as indices; its buffers are kept from one image to the next.
struct RecencyList {
  /// Where the links of each extent lead, in walk order.
  private(set) var links: [(previous: LinkTarget, next: LinkTarget)] = []
  /// The extents' addresses, ascending, each with the extent's index.
  private var byAddress: [(address: UInt64, index: Int)] = []
  private var isReached: [Bool] = []

  /// Takes the links of `used`; answers no where two extents have the same address, so that a
  /// link may mean either. O(n log n).
  mutating func gather(_ used: [UsedSlot]) -> Bool {
    links.removeAll(keepingCapacity: true)
    byAddress.removeAll(keepingCapacity: true)
    var isAscending = true
    for (index, slot) in used.enumerated() {
      let address = slot.extent.address.rawValue
      if let last = byAddress.last, last.address > address { isAscending = false }
      byAddress.append((address, index))
    }
    if !isAscending { byAddress.sort { $0.address < $1.address } }
    for index in byAddress.indices.dropFirst()
    where byAddress[index].address == byAddress[index - 1].address {
      return false
    }
    for slot in used {
      links.append((target(of: slot.extent.previous), target(of: slot.extent.next)))
    }
    return true
  }

  /// The first place at which the links are not those of one list over all extents.
  ///
  /// - Precondition: every link is 0 or leads to an extent.
  mutating func firstFlaw() -> (index: Int, field: Field)? {
    for (index, link) in links.enumerated() {
      if case .extent(let before) = link.previous, links[before].next != .extent(index) {
        return (index, .extentPrevious)
      }
      if case .extent(let after) = link.next, links[after].previous != .extent(index) {
        return (index, .extentNext)
      }
    }
    return flawOfWhole().map { ($0, .extentPrevious) }
  }

  /// Where links that agree pairwise do not make one list: a second head, or a ring.
  private mutating func flawOfWhole() -> Int? {
    var head: Int?
    for (index, link) in links.enumerated() where link.previous == .none {
      guard head == nil else { return index }
      head = index
    }
    isReached.removeAll(keepingCapacity: true)
    for _ in links { isReached.append(false) }
    // An extent is reached once, so there are no more steps than extents.
    while let current = head, !isReached[current] {
      isReached[current] = true
      head = if case .extent(let next) = links[current].next { next } else { nil }
    }
    return isReached.firstIndex(of: false)
  }

  private func target(of link: BlockAddress) -> LinkTarget {
    guard link != 0 else { return .none }
    var lower = 0
    var upper = byAddress.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if byAddress[middle].address < link.rawValue {
        lower = middle + 1
      } else {
        upper = middle
      }
    }
    guard lower < byAddress.count, byAddress[lower].address == link.rawValue else {
      return .astray
    }
    return .extent(byAddress[lower].index)
  }
}
