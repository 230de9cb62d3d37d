internal import VCIFormat

extension MistakenChecker {
  /// Whether the rules of the list are applied at all.
  private var hasList: Bool {
    guard !isDirty || has(.listOfDirty), !isDamaged || has(.listOfDamaged) else { return false }
    let addresses = image.used.map(\.extent.address)
    guard Set(addresses).count == addresses.count || has(.listOfTwins) else { return false }
    if has(.listOfFirst), let first = image.used.first?.extent, !first.isLinked { return false }
    return has(.listKept) ? !addresses.isEmpty : image.used.contains(where: \.extent.isLinked)
  }

  /// VCI-LRU-002.
  var isLinkWrong: Bool {
    guard hasList, !has(.links) else { return false }
    let targets = Set(image.used.map { self.target($0.extent) })
    return image.used.contains { used in
      let links =
        (has(.linksNext) ? [] : [used.extent.next])
        + (has(.linksPrevious) ? [] : [used.extent.previous])
      return links.contains { $0 != 0 && !isNamed($0, targets) }
    }
  }

  private func target(_ extent: Extent) -> UInt64 {
    has(.links32) ? extent.address.rawValue & 0xffff_ffff : extent.address.rawValue
  }

  private func isNamed(_ link: BlockAddress, _ targets: Set<UInt64>) -> Bool {
    let link = has(.links32) ? link.rawValue & 0xffff_ffff : link.rawValue
    if targets.contains(link) { return true }
    let extents = image.used.lazy.map(\.extent)
    return has(.linksInside) && extents.contains { $0.data.contains(BlockAddress(link)) }
      || has(.linksOffset) && extents.contains { $0.offset.rawValue == link }
  }

  /// VCI-LRU-001.
  var isListWrong: Bool {
    guard hasList, !has(.list), has(.linksToo) || !isLinkWrong else { return false }
    let extents = image.used.map(\.extent)
    var indices: [UInt64: Int] = [:]
    for (index, extent) in extents.enumerated() { indices[target(extent)] = index }
    func index(of link: BlockAddress) -> Int? {
      link == 0 ? nil : indices[has(.links32) ? link.rawValue & 0xffff_ffff : link.rawValue]
    }
    if has(.listSums) { return !areSumsRight(extents) }
    for extent in extents {
      if !has(.listPrevious), let other = index(of: extent.previous),
        extents[other].next != extent.address
      {
        return true
      }
      guard let other = index(of: extent.next) else { continue }
      if !has(.listNext), extents[other].previous != extent.address { return true }
      if has(.listAscends), extents[other].address < extent.address { return true }
    }
    let heads = extents.indices.filter { extents[$0].previous == 0 }
    if !has(.listHeads), heads.count > 1 { return true }
    guard !has(.listRings) else { return false }
    var reached: Set<Int> = []
    for head in has(.listHeads) ? heads : Array(heads.prefix(1)) {
      var next: Int? = head
      while let current = next, reached.insert(current).inserted {
        next = index(of: extents[current].next)
      }
    }
    return reached.count < extents.count
  }

  /// Returns whether the links of all extents but one have the sum of the addresses of all but one.
  private func areSumsRight(_ extents: [Extent]) -> Bool {
    let all = extents.reduce(UInt64(0)) { $0 &+ $1.address.rawValue }
    let heads = extents.filter { $0.previous == 0 }.map(\.address.rawValue)
    let tails = extents.filter { $0.next == 0 }.map(\.address.rawValue)
    return extents.reduce(heads.reduce(0, &+)) { $0 &+ $1.next.rawValue } == all
      && extents.reduce(tails.reduce(0, &+)) { $0 &+ $1.previous.rawValue } == all
  }
}

extension Extent {
  /// Whether one of its links is not 0.
  fileprivate var isLinked: Bool { previous != 0 || next != 0 }
}
