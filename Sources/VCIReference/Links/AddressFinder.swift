internal import VCIFormat

/// Finds extents by the addresses of their data: a hash table with chains.
///
/// The hash function is fixed, so a crafted image can make all addresses collide. Therefore the
/// compared extents are counted; if there are too many of them, an array sorted by address replaces
/// the table. Finding every extent takes O(n log n) steps whatever the addresses are.
struct AddressFinder {
  typealias ID = LRUList.ID

  /// The average number of extents that are compared for each search before the table is given up;
  /// 1.5 are expected.
  static let looksPerExtent = 8
  /// 2^64 divided by the golden ratio (Fibonacci hashing).
  private static let factor: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// For each hash the number plus one of the first extent that has it; 0 if there is none.
  private var firsts: [ID] = []
  /// For each extent the number plus one of the next with the same hash; 0 if there is none.
  private var followers: [ID] = []
  /// The numbers of all extents, sorted by address; empty while there is a table.
  private var sorted: [ID] = []
  /// How many extents were compared in the table.
  private(set) var looks = 0

  /// Makes the table of `entries`; of entries at the same address the first is found.
  init(_ entries: PagedArray<StoredList.Entry>) {
    firsts = [ID](repeating: 0, count: entries.count)
    followers = [ID](repeating: 0, count: entries.count)
    for index in (0..<entries.count).reversed() {
      let hash = Self.hash(of: entries[index].address, below: firsts.count)
      followers[index] = firsts[hash]
      firsts[hash] = ID(index) + 1
    }
  }

  /// Whether the table was given up.
  var isSorted: Bool { !sorted.isEmpty }

  /// The hash of an address: a number below `count`.
  ///
  /// - Precondition: `count` is not 0.
  static func hash(of address: UInt64, below count: Int) -> Int {
    // A single product would give few hashes to some arithmetic sequences of addresses.
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

  /// Replaces the table by the sorted array.
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
    let index = sorted.partitionPoint { entries[Int($0)].address >= address }
    guard index < sorted.count, entries[Int(sorted[index])].address == address else { return nil }
    return sorted[index]
  }
}
