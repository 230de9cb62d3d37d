internal import VCIFormat

/// Finds extents by the address of their data.
///
/// In a cache that is small or well filled it is a bitmap with rank counts: an extent's number is
/// the number of set bits before its address. In any other cache the extents are sorted by address,
/// and found by binary search.
struct AddressIndex {
  /// Bytes that a bitmap may always take.
  private static let freeBytes = 128 * 1024
  /// Bytes that it may take for each claim beyond that.
  private static let bytesPerClaim = 8
  private static let leastKept = 1 << 12

  /// A bit for each block at which an extent starts, 64 to a word; empty if extents are sorted.
  private var starts: [UInt64] = []
  /// The number of extents that start before each word.
  private var ranks: [UInt32] = []
  /// The extents' indices, ascending by address; empty if walk order is that order.
  private var byAddress: [UInt32] = []
  private var isAscending = true
  private var blocks: UInt64 = 0
  private var isMade = false

  /// Begins with the extents of `claims` in a cache of `blocks` blocks; returns false if two have
  /// the same address. O(n log n), and O(n) in a cache that is small or well filled.
  mutating func begin(_ claims: ClaimList, _ blocks: UInt64) -> Bool {
    self.blocks = blocks
    byAddress.removeAll(keepingCapacity: true)
    isAscending = claims.isAscending
    // If all ascend, no two are equal, and many links are resolved without an index.
    isMade = false
    return isAscending || make(claims)
  }

  /// Frees all memory but a little.
  mutating func removeAll() {
    if starts.capacity > Self.leastKept { starts = [] }
    if ranks.capacity > Self.leastKept { ranks = [] }
    if byAddress.capacity > Self.leastKept { byAddress = [] }
  }

  /// Returns the target of a link that is not 0.
  mutating func target(of link: UInt64, among claims: ClaimList) -> LinkTarget {
    if !isMade { _ = make(claims) }
    guard let rank = starts.isEmpty ? searchRank(link, claims) : countRank(link) else {
      return .astray
    }
    return .extent(isAscending ? rank : Int(byAddress[rank]))
  }

  private mutating func make(_ claims: ClaimList) -> Bool {
    isMade = true
    let most = UInt64(Self.freeBytes) + UInt64(claims.count * Self.bytesPerClaim)
    return blocks / 8 <= most ? count(claims) : sort(claims)
  }

  private mutating func count(_ claims: ClaimList) -> Bool {
    let size = Int((blocks + 63) / 64)
    if starts.count == size {
      for index in starts.indices { starts[index] = 0 }
    } else {
      starts = [UInt64](repeating: 0, count: size)
    }
    for piece in claims.pieces {
      for claim in piece {
        let index = Int(claim.first >> 6)
        let bit = UInt64(1) << (claim.first & 63)
        guard starts[index] & bit == 0 else { return false }
        starts[index] |= bit
      }
    }
    ranks.removeAll(keepingCapacity: true)
    ranks.reserveCapacity(size)
    var rank: UInt32 = 0
    for word in starts {
      ranks.append(rank)
      rank += UInt32(word.nonzeroBitCount)
    }
    guard !isAscending else { return true }
    byAddress.append(contentsOf: repeatElement(0, count: claims.count))
    var turn: UInt32 = 0
    for piece in claims.pieces {
      for claim in piece {
        if let rank = countRank(claim.first) { byAddress[rank] = turn }
        turn += 1
      }
    }
    return true
  }

  private mutating func sort(_ claims: ClaimList) -> Bool {
    starts = []
    guard !isAscending else { return true }
    byAddress.append(contentsOf: 0..<UInt32(claims.count))
    byAddress.sort { claims[Int($0)].first < claims[Int($1)].first }
    return !byAddress.indices.dropFirst().contains {
      claims[Int(byAddress[$0 - 1])].first == claims[Int(byAddress[$0])].first
    }
  }

  /// Returns the number of extents that start before `address`, or `nil` if none starts there.
  private func countRank(_ address: UInt64) -> Int? {
    guard address >> 6 < UInt64(starts.count) else { return nil }
    let index = Int(address >> 6)
    let bit = UInt64(1) << (address & 63)
    guard starts[index] & bit != 0 else { return nil }
    return Int(ranks[index]) + (starts[index] & (bit - 1)).nonzeroBitCount
  }

  private func searchRank(_ address: UInt64, _ claims: ClaimList) -> Int? {
    let rank = (0..<claims.count).partitionPoint { self.address($0, claims) >= address }
    return rank < claims.count && self.address(rank, claims) == address ? rank : nil
  }

  private func address(_ rank: Int, _ claims: ClaimList) -> UInt64 {
    claims[isAscending ? rank : Int(byAddress[rank])].first
  }
}
