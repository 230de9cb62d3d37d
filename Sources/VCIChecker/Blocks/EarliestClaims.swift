/// A claim at fault, and the number that shows it.
struct Suspect {
  let claim: Claim
  let number: UInt64
}

/// The first of many suspects in walk order, whatever the order in which they are found.
struct Earliest {
  private let limit: Int
  private var kept: [Suspect] = []
  /// How many there are in all.
  private(set) var count = 0

  /// Keeps at most `limit`, and at least one.
  init(limit: Int) {
    self.limit = min(max(limit, 1), 1 << 40)
  }

  /// Adds a suspect; O(log n) each, for n that are kept.
  mutating func add(_ suspect: Suspect) {
    count += 1
    kept.append(suspect)
    if kept.count >= 2 * limit { settle() }
  }

  /// Those that are kept, in walk order.
  mutating func settled() -> [Suspect] {
    settle()
    return kept
  }

  private mutating func settle() {
    kept.sort { $0.claim.turn < $1.claim.turn }
    if kept.count > limit { kept.removeLast(kept.count - limit) }
  }
}
