/// Finds extents by the addresses of their data, in a table of hashes.
///
/// The hash is a fixed one, so whoever makes an image can choose addresses that all have the same.
/// Therefore the extents that are looked at are counted, and once they are many for each extent, all
/// sorted by address take the table's place: finding every extent takes O(n log n) steps whatever the
/// addresses are.
struct AddressFinder {
  typealias ID = LRUList.ID

  /// How many extents are looked at for each one, on average over finding each, before the table is
  /// given up; three in two are to be expected.
  static let looksPerExtent = 8
  /// 2^64 by the golden ratio, as it is used to hash by products.
  private static let factor: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// For each hash the first extent that has it, its number plus one; 0 where none has.
  private var firsts: [ID] = []
  /// For each extent the next one of the same hash, its number plus one; 0 where none is left.
  private var followers: [ID] = []
  /// Where there is no table, the numbers of all extents in ascending order of their addresses.
  private var sorted: [ID] = []
  /// How many extents were looked at in the table.
  private(set) var looks = 0

  /// Makes what finds each of `entries`; of those at the same address, the first.
  init(_ entries: PagedArray<StoredList.Entry>) {
    firsts = [ID](repeating: 0, count: entries.count)
    followers = [ID](repeating: 0, count: entries.count)
    for index in (0..<entries.count).reversed() {
      let hash = Self.hash(of: entries[index].address, below: firsts.count)
      followers[index] = firsts[hash]
      firsts[hash] = ID(index) + 1
    }
  }

  /// Whether addresses were such that the table was given up.
  var isSorted: Bool { !sorted.isEmpty }

  /// The hash of an address, a number below `count`.
  ///
  /// - Precondition: `count` is not 0.
  static func hash(of address: UInt64, below count: Int) -> Int {
    // One product alone would give few hashes to addresses at some even distances.
    let product = address &* factor
    let mixed = (product ^ product >> 32) &* factor
    return Int(mixed.multipliedFullWidth(by: UInt64(count)).high)
  }

  /// The extent whose data is at `address`.
  mutating func find(_ address: UInt64, in entries: PagedArray<StoredList.Entry>) -> ID? {
    guard entries.count > 0 else { return nil }
    if isSorted { return search(address, entries) }
    var number = firsts[Self.hash(of: address, below: firsts.count)]
    while number > 0 {
      guard looks < entries.count * Self.looksPerExtent else {
        sort(entries)
        return search(address, entries)
      }
      looks += 1
      if entries[Int(number) - 1].address == address { return number - 1 }
      number = followers[Int(number) - 1]
    }
    return nil
  }

  /// Gives up the table.
  private mutating func sort(_ entries: PagedArray<StoredList.Entry>) {
    firsts = []
    followers = []
    sorted = (0..<ID(entries.count)).sorted {
      let (left, right) = (entries[Int($0)].address, entries[Int($1)].address)
      return left == right ? $0 < $1 : left < right
    }
  }

  /// The extent at `address`, by binary search.
  private func search(_ address: UInt64, _ entries: PagedArray<StoredList.Entry>) -> ID? {
    var lower = 0
    var upper = sorted.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if entries[Int(sorted[middle])].address < address {
        lower = middle + 1
      } else {
        upper = middle
      }
    }
    guard lower < sorted.count, entries[Int(sorted[lower])].address == address else { return nil }
    return sorted[lower]
  }
}
