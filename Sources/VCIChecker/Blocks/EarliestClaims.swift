/// A claim of which not all bits are set, and the first block whose bit is clear.
struct UnmarkedClaim {
  let claim: Claim
  let block: UInt64
}

/// The first n claims in walk order, in whatever order they are found.
struct EarliestClaims {
  private let limit: Int
  private var kept: [UnmarkedClaim] = []
  /// The number of all claims that were added.
  private(set) var count = 0

  /// Keeps at most `limit` claims, and at least one.
  init(limit: Int) {
    self.limit = min(max(limit, 1), 1 << 40)
  }

  /// Adds a claim; amortized O(log n) for n that are kept.
  mutating func add(_ claim: UnmarkedClaim) {
    count += 1
    kept.append(claim)
    if kept.count >= 2 * limit { settle() }
  }

  /// Returns the claims that are kept, in walk order.
  mutating func settled() -> [UnmarkedClaim] {
    settle()
    return kept
  }

  private mutating func settle() {
    kept.sort { $0.claim.turn < $1.claim.turn }
    if kept.count > limit { kept.removeLast(kept.count - limit) }
  }
}
