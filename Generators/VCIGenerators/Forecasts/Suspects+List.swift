internal import VCIFormat

extension Suspects {
  /// A used extent and where it stands.
  private struct Link {
    let visit: Int
    let slot: Int
    let extent: Extent
  }

  /// Asks the rules about the LRU list.
  mutating func judgeLinks(_ walk: TreeWalk) {
    let all = links(of: walk)
    guard all.contains(where: \.extent.isLinked), let owners = Owners(all.map(\.extent.address))
    else { return }
    for link in all {
      for (field, target) in [
        (Field.extentPrevious, link.extent.previous), (.extentNext, link.extent.next),
      ]
      where target != 0 && owners[target] == nil {
        add(.lruLinks, at: walk.visits[link.visit].place(of: field, link.slot))
      }
    }
    guard !broken.contains(.lruLinks), let flaw = firstFlaw(all, owners) else { return }
    let link = all[flaw.index]
    add(.lruList, at: walk.visits[link.visit].place(of: flaw.field, link.slot))
  }

  private func links(of walk: TreeWalk) -> [Link] {
    var links: [Link] = []
    for (index, visit) in walk.visits.enumerated() {
      guard let view = visit.view, view.kind == .leaf else { continue }
      for slot in view.usedSlots {
        links.append(Link(visit: index, slot: slot, extent: view.extents[slot]))
      }
    }
    return links
  }

  /// The first place at which the links of a list do not agree.
  private func firstFlaw(
    _ all: [Link], _ owners: Owners
  ) -> (index: Int, field: Field)? {
    for (index, link) in all.enumerated() {
      let extent = link.extent
      if let other = owners[extent.previous], all[other].extent.next != extent.address {
        return (index, .extentPrevious)
      }
      if let other = owners[extent.next], all[other].extent.previous != extent.address {
        return (index, .extentNext)
      }
    }
    let heads = all.indices.filter { all[$0].extent.previous == 0 }
    if heads.count > 1 { return (heads[1], .extentPrevious) }
    var reached: Set<Int> = []
    var next = heads.first
    while let index = next, reached.insert(index).inserted {
      next = owners[all[index].extent.next]
    }
    return all.indices.first { !reached.contains($0) }.map { ($0, .extentPrevious) }
  }
}

extension Extent {
  /// Whether a link leads from it.
  fileprivate var isLinked: Bool { previous != 0 || next != 0 }
}

/// Extents, found by where their data begins.
private struct Owners {
  /// Addresses with the indices of the extents, ascending.
  private let sorted: [(address: BlockAddress, index: Int)]

  /// Makes it of the extents' addresses; `nil` where two are the same.
  init?(_ addresses: [BlockAddress]) {
    let sorted = addresses.enumerated().map { (address: $1, index: $0) }
      .sorted { $0.address < $1.address }
    for pair in zip(sorted, sorted.dropFirst()) where pair.0.address == pair.1.address {
      return nil
    }
    self.sorted = sorted
  }

  /// The index of the extent whose data begins at `address`.
  subscript(address: BlockAddress) -> Int? {
    var lower = 0
    var upper = sorted.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if sorted[middle].address < address { lower = middle + 1 } else { upper = middle }
    }
    return lower < sorted.count && sorted[lower].address == address ? sorted[lower].index : nil
  }
}
