internal import VCIFormat

extension BrokenRules {
  /// VCI-LRU-002, VCI-LRU-001: links that name no extent; otherwise the first link that does not
  /// agree with the others.
  mutating func predictLinks(_ walk: TreeWalk) {
    let used = walk.usedExtents
    guard used.contains(where: \.extent.isLinked),
      let indices = AddressIndices(used.map(\.extent.address))
    else { return }
    for link in used {
      let targets = [
        (Field.extentPrevious, link.extent.previous), (.extentNext, link.extent.next),
      ]
      for (field, target) in targets where target != 0 && indices[target] == nil {
        add(.lruLinks, at: walk.offset(of: field, link))
      }
    }
    guard !broken.contains(.lruLinks), let flaw = firstFlaw(used.map(\.extent), indices) else {
      return
    }
    add(.lruList, at: walk.offset(of: flaw.field, used[flaw.index]))
  }

  /// The first link, in the order of R-02, that does not agree with the others.
  private func firstFlaw(
    _ extents: [Extent], _ indices: AddressIndices
  ) -> (index: Int, field: Field)? {
    for (index, extent) in extents.enumerated() {
      if let other = indices[extent.previous], extents[other].next != extent.address {
        return (index, .extentPrevious)
      }
      if let other = indices[extent.next], extents[other].previous != extent.address {
        return (index, .extentNext)
      }
    }
    let heads = extents.indices.filter { extents[$0].previous == 0 }
    if heads.count > 1 { return (heads[1], .extentPrevious) }
    var reached: Set<Int> = []
    var next = heads.first
    while let index = next, reached.insert(index).inserted { next = indices[extents[index].next] }
    return extents.indices.first { !reached.contains($0) }.map { ($0, .extentPrevious) }
  }
}

extension Extent {
  /// Whether one of its links names another extent.
  fileprivate var isLinked: Bool { previous != 0 || next != 0 }
}

/// The index of each extent by the address of its data: a sorted array with binary search.
private struct AddressIndices {
  private let sorted: [(address: BlockAddress, index: Int)]

  /// Indexes the addresses of extents; `nil` if two are equal.
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
    let rank = sorted.partitionPoint { $0.address >= address }
    return rank < sorted.count && sorted[rank].address == address ? sorted[rank].index : nil
  }
}
