internal import VCIFormat

/// The links of all extents as the file has them, in the order in which the extents are numbered.
struct StoredLinks {
  /// What the file says of an extent.
  struct Entry: BitwiseCopyable {
    let address: UInt64
    let previous: UInt64
    var next: UInt64
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
  /// its order. That can be asked once.
  ///
  /// It takes O(n) steps, and O(n log n) where somebody chose the addresses against that.
  mutating func order(_ recency: inout RecencyList) -> Bool {
    guard isKept else { return true }
    guard let order = inOrder() else { return false }
    recency.order(by: order)
    return true
  }

  /// The extents as the list has them; `nil` where it is none.
  private mutating func inOrder() -> [RecencyList.ID]? {
    let numbers = 0..<RecencyList.ID(entries.count)
    guard var id = numbers.first(where: { entries[Int($0)].previous == 0 }), findSuccessors()
    else { return nil }
    var order: [RecencyList.ID] = []
    order.reserveCapacity(entries.count)
    // Where a list comes to an extent again it has no end.
    while order.count < entries.count {
      order.append(id)
      let next = entries[Int(id)].next
      if next == 0 { return order.count == entries.count ? order : nil }
      id = RecencyList.ID(next - 1)
    }
    return nil
  }

  /// Puts into the place of each address of a next extent that one's number, plus one; answers no where
  /// there is no such extent, or it names another one as the one before.
  ///
  /// They are found before the list is followed, so that no search waits for the one before it; they
  /// take the place of what they are found by, so that they take none themselves.
  private mutating func findSuccessors() -> Bool {
    var finder: AddressFinder?
    for id in 0..<RecencyList.ID(entries.count) {
      let entry = entries[Int(id)]
      guard entry.next != 0 else { continue }
      guard let next = self.id(at: entry.next, behind: id, &finder),
        entries[Int(next)].previous == entry.address
      else { return false }
      entries[Int(id)].next = UInt64(next) + 1
    }
    return true
  }

  /// The extent whose data is at `address`, to which extent `id` leads.
  private func id(
    at address: UInt64, behind id: RecencyList.ID, _ finder: inout AddressFinder?
  ) -> RecencyList.ID? {
    // What was stored in a row was often used in a row.
    if Int(id) + 1 < entries.count, entries[Int(id) + 1].address == address { return id + 1 }
    if finder == nil { finder = AddressFinder(entries) }
    return finder?.find(address, in: entries)
  }
}
