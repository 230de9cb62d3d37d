internal import VCIFormat

/// The links of all extents as the file has them, in the order in which the extents are numbered.
struct StoredLinks {
  private struct Entry {
    let address: UInt64
    let previous: UInt64
    let next: UInt64
  }

  private var entries = PagedArray<Entry>()
  private var isKept = false

  /// Adds the next extent.
  mutating func append(_ extent: Extent) {
    isKept = isKept || extent.previous != 0 || extent.next != 0
    entries.append(
      Entry(
        address: extent.address.rawValue, previous: extent.previous.rawValue,
        next: extent.next.rawValue))
  }

  /// Whether the links keep VCI-LRU-001 and VCI-LRU-002; where they form a list, `recency` is put in
  /// its order.
  ///
  /// It takes O(n log n) steps.
  func order(_ recency: inout RecencyList) -> Bool {
    guard isKept else { return true }
    guard let order = inOrder() else { return false }
    for id in order { recency.makeLast(id) }
    return true
  }

  /// The extents as the list has them; `nil` where it is none.
  private func inOrder() -> [RecencyList.ID]? {
    let places = (0..<RecencyList.ID(entries.count)).sorted {
      entries[Int($0)].address < entries[Int($1)].address
    }
    var order: [RecencyList.ID] = []
    order.reserveCapacity(places.count)
    let heads = places.filter { entries[Int($0)].previous == 0 }
    guard heads.count == 1, var id = heads.first else { return nil }
    while true {
      order.append(id)
      let entry = entries[Int(id)]
      if entry.next == 0 { return order.count == places.count ? order : nil }
      guard order.count < places.count, let next = self.id(at: entry.next, places),
        entries[Int(next)].previous == entry.address
      else { return nil }
      id = next
    }
  }

  /// The extent whose data is at `address`, of those in `places`, which ascend.
  private func id(at address: UInt64, _ places: [RecencyList.ID]) -> RecencyList.ID? {
    var lower = 0
    var upper = places.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if entries[Int(places[middle])].address < address {
        lower = middle + 1
      } else {
        upper = middle
      }
    }
    guard lower < places.count, entries[Int(places[lower])].address == address else { return nil }
    return places[lower]
  }
}
