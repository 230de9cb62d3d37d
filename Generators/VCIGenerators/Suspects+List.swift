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
    let all = walk.visits.enumerated().flatMap { index, visit in
      (visit.view?.extents ?? []).enumerated().filter { $0.element.slotState == .used }
        .map { Link(visit: index, slot: $0.offset, extent: $0.element) }
    }
    guard all.contains(where: \.extent.isLinked) else { return }
    var owners: [BlockAddress: Int] = [:]
    for (index, link) in all.enumerated()
    where owners.updateValue(index, forKey: link.extent.address) != nil {
      return
    }
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

  /// The first place at which the links of a list do not agree.
  private func firstFlaw(
    _ all: [Link], _ owners: [BlockAddress: Int]
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
