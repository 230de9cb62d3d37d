internal import VCIFormat

extension Checker {
  /// Judges the LRU list of an image that is not dirty, for a root that is a leaf.
  func judgeLinks() {
    guard leaf.used.contains(where: { $0.extent.isLinked }) else { return }
    guard list.gather(leaf.used) else { return }
    for (index, slot) in leaf.used.enumerated() {
      let links = list.links[index]
      if links.previous == .astray { addLink(slot, .extentPrevious, slot.extent.previous) }
      if links.next == .astray { addLink(slot, .extentNext, slot.extent.next) }
    }
    guard !broken.contains(.lruLinks), let flaw = list.firstFlaw() else { return }
    let slot = leaf.used[flaw.index]
    let link = flaw.field == .extentNext ? slot.extent.next : slot.extent.previous
    add(
      Violation(
        .lruList, site: .checkerLruList, at: .extent(.root, slot: slot.index, flaw.field),
        offset: place(slot.index, flaw.field), length: 8, expected: .not(link.rawValue),
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
