/// Finds extents by the addresses of their data, in a table of hashes.
///
/// The hash is a fixed one, so whoever makes an image can choose addresses that all fall into the same
/// slots. Therefore the slots that are looked at are counted, and once they are more than a few for
/// each extent, extents sorted by address take the table's place: making one and finding all extents
/// takes O(n log n) steps whatever the addresses are.
struct AddressFinder {
  typealias ID = RecencyList.ID

  /// The most slots that are looked at for each extent, on average over putting all in and finding
  /// each; four are to be expected.
  static let slotsPerExtent = 16
  /// 2^64 by the golden ratio, as it is used to hash by products.
  private static let factor: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// The numbers of extents: each plus one in the slot of its address or in the next free one behind,
  /// 0 in a free slot; or, where there is no table, all in ascending order of their addresses.
  private var ids: [ID] = []
  private var isTable = true
  /// How many slots of the table were looked at.
  private(set) var looks = 0
  /// How many may be.
  private let limit: Int

  /// Makes what finds each of `entries`; of those at the same address, the first.
  init(_ entries: PagedArray<StoredLinks.Entry>) {
    limit = Self.mostLooks(entries.count)
    ids = [ID](repeating: 0, count: Self.slotCount(entries.count))
    for id in 0..<ID(entries.count) {
      if !put(id, at: entries[Int(id)].address) {
        sort(entries)
        return
      }
    }
  }

  /// Whether addresses were such that the table was given up.
  var isSorted: Bool { !isTable }

  /// How many slots a table of `count` extents has, of which a third stays free.
  static func slotCount(_ count: Int) -> Int { count + count / 2 + 1 }

  /// How many of its slots are looked at before it is given up.
  static func mostLooks(_ count: Int) -> Int { slotsPerExtent * count }

  /// The slot, of `slots`, from which on the extent at `address` is searched.
  static func slot(of address: UInt64, among slots: Int) -> Int {
    // One product alone would put addresses at some even distances into few slots.
    let product = address &* factor
    let hash = (product ^ product >> 32) &* factor
    return Int(hash.multipliedFullWidth(by: UInt64(slots)).high)
  }

  /// The extent whose data is at `address`.
  mutating func find(_ address: UInt64, in entries: PagedArray<StoredLinks.Entry>) -> ID? {
    var slot = Self.slot(of: address, among: ids.count)
    while isTable {
      looks += 1
      guard looks <= limit else {
        sort(entries)
        break
      }
      let number = ids[slot]
      guard number > 0 else { return nil }
      if entries[Int(number) - 1].address == address { return number - 1 }
      slot = slot + 1 < ids.count ? slot + 1 : 0
    }
    return search(address, entries)
  }

  /// Puts extent `id` into the table; answers no where that would take too long.
  private mutating func put(_ id: ID, at address: UInt64) -> Bool {
    var slot = Self.slot(of: address, among: ids.count)
    looks += 1
    while ids[slot] != 0 {
      looks += 1
      slot = slot + 1 < ids.count ? slot + 1 : 0
      if looks > limit { return false }
    }
    ids[slot] = id + 1
    return true
  }

  private mutating func sort(_ entries: PagedArray<StoredLinks.Entry>) {
    ids = []
    isTable = false
    ids = (0..<ID(entries.count)).sorted {
      let (left, right) = (entries[Int($0)].address, entries[Int($1)].address)
      return left == right ? $0 < $1 : left < right
    }
  }

  /// The extent at `address`, by binary search.
  private func search(_ address: UInt64, _ entries: PagedArray<StoredLinks.Entry>) -> ID? {
    var lower = 0
    var upper = ids.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if entries[Int(ids[middle])].address < address {
        lower = middle + 1
      } else {
        upper = middle
      }
    }
    guard lower < ids.count, entries[Int(ids[lower])].address == address else { return nil }
    return ids[lower]
  }
}
