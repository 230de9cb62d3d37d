internal import VCIFormat

/// The links of all extents as the file has them, in the order of the extents' numbers.
struct StoredList {
  /// The address of an extent, and those of its neighbours in the list.
  struct Entry: BitwiseCopyable {
    let address: UInt64
    let previous: UInt64
    let next: UInt64
  }

  /// No extent: there are always fewer.
  private static let none: LRUList.ID = .max
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

  /// Whether the links satisfy VCI-LRU-001 and VCI-LRU-002. If they form a list, `recency` gets its
  /// order.
  ///
  /// It takes O(n) steps, O(n log n) for a crafted image.
  func order(_ recency: inout LRUList) -> Bool {
    guard isKept else { return true }
    guard let order = inOrder() else { return false }
    recency.order(by: order)
    return true
  }

  /// The extents in the order of the list; `nil` if the links form none.
  private func inOrder() -> [LRUList.ID]? {
    let numbers = 0..<LRUList.ID(entries.count)
    guard var id = numbers.first(where: { entries[Int($0)].previous == 0 }),
      let successors = successors()
    else { return nil }
    var order: [LRUList.ID] = []
    order.reserveCapacity(entries.count)
    // A list with a cycle has no end.
    while order.count < entries.count {
      order.append(id)
      id = successors[Int(id)]
      if id == Self.none { return order.count == entries.count ? order : nil }
    }
    return nil
  }

  /// The extent after each one, which must name it as the one before; `nil` if it does not.
  ///
  /// All are found before the list is followed, so that no search waits for an earlier one.
  private func successors() -> [LRUList.ID]? {
    var finder: AddressFinder?
    var successors: [LRUList.ID] = []
    successors.reserveCapacity(entries.count)
    for id in 0..<LRUList.ID(entries.count) {
      let entry = entries[Int(id)]
      if entry.next == 0 {
        successors.append(Self.none)
      } else {
        guard let next = self.id(at: entry.next, after: id, &finder),
          entries[Int(next)].previous == entry.address
        else { return nil }
        successors.append(next)
      }
    }
    return successors
  }

  /// The extent whose data is at `address`; extent `id` leads to it.
  private func id(
    at address: UInt64, after id: LRUList.ID, _ finder: inout AddressFinder?
  ) -> LRUList.ID? {
    // Extents that were stored in a row were often used in a row.
    if Int(id) + 1 < entries.count, entries[Int(id) + 1].address == address { return id + 1 }
    if finder == nil { finder = AddressFinder(entries) }
    return finder?.find(address, in: entries)
  }
}
