internal import VCIFormat

/// Compares a bitmap with the blocks that are owned: a sweep over both in ascending order.
///
/// Equal words cost one comparison, and holes of the bitmap nothing.
struct BitSweep {
  /// A run of blocks.
  typealias Run = Range<UInt64>

  /// Gets the runs, in ascending order.
  private(set) var ledger: OwnershipLedger
  /// The blocks that are owned, as runs that ascend and do not touch.
  private(set) var owned: ClaimedRuns
  /// The first owned run that ends after `position`.
  private var run: Run?
  /// The cache's end: bits from it on are not compared.
  private let limit: UInt64
  /// The first bit that was not compared.
  private var position: UInt64 = 0
  private var openLeak: Run?
  private var openClear: Run?

  init(owned: ClaimedRuns, limit: UInt64, ledger: OwnershipLedger) {
    self.ledger = ledger
    self.owned = owned
    self.limit = limit
    run = self.owned.next()
  }

  /// Compares a piece of the bitmap whose first bit is that of block `first`.
  mutating func walk(_ bytes: RawSpan, from first: UInt64) {
    skip(to: first)
    var offset = 0
    while offset + 8 <= bytes.byteCount, position < limit {
      var word: UInt64 = bytes.number(at: offset)
      if limit - position < 64 { word &= (1 << (limit - position)) - 1 }
      let mask = ownedMask()
      if word & ~mask != 0 { addRuns(word & ~mask) { sweep, run in sweep.addLeak(run) } }
      if mask & ~word != 0 { addRuns(mask & ~word) { sweep, run in sweep.addClear(run) } }
      position += 64
      offset += 8
    }
  }

  /// Ends the sweep; bits that the bitmap does not have, or has in a hole, are clear.
  mutating func finish() {
    skip(to: limit)
    if let openLeak { ledger.leak(openLeak) }
    if let openClear { ledger.clear(openClear) }
    openLeak = nil
    openClear = nil
  }

  /// Skips zero bits up to that of block `end`.
  private mutating func skip(to end: UInt64) {
    guard position < end else { return }
    while let current = run, current.lowerBound < end {
      let part = current.clamped(to: position..<end)
      if !part.isEmpty { addClear(part) }
      if current.upperBound > end { break }
      run = owned.next()
    }
    position = end
  }

  /// Returns the owned blocks among the 64 from `position` on, as bits.
  private mutating func ownedMask() -> UInt64 {
    var mask: UInt64 = 0
    while let current = run, current.lowerBound < position + 64 {
      if current.upperBound > position {
        let lower = max(current.lowerBound, position) - position
        let upper = min(current.upperBound, position + 64) - position
        mask |= (upper == 64 ? .max : 1 << upper - 1) & ~(1 << lower - 1)
        // The rest of the run belongs to the next word.
        if current.upperBound > position + 64 { break }
      }
      run = owned.next()
    }
    return mask
  }

  /// Adds the runs of set bits of `word`, which starts at `position`.
  private mutating func addRuns(_ word: UInt64, _ add: (inout Self, Run) -> Void) {
    var rest = word
    while rest != 0 {
      let lower = UInt64(rest.trailingZeroBitCount)
      let upper = lower + UInt64((~(rest >> lower)).trailingZeroBitCount)
      add(&self, position + lower..<position + upper)
      rest &= upper >= 64 ? 0 : ~(1 << upper - 1)
    }
  }

  private mutating func addLeak(_ run: Run) {
    if let ended = Self.extend(&openLeak, by: run) { ledger.leak(ended) }
  }

  private mutating func addClear(_ run: Run) {
    if let ended = Self.extend(&openClear, by: run) { ledger.clear(ended) }
  }

  /// Extends `open` by a run that touches it, or else replaces it; returns the run that ended.
  private static func extend(_ open: inout Run?, by run: Run) -> Run? {
    if let before = open, before.upperBound == run.lowerBound {
      open = before.lowerBound..<run.upperBound
      return nil
    }
    defer { open = run }
    return open
  }
}
