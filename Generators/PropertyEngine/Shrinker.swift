/// Makes a record of choices as simple as it can be, as long as what it makes is still of a kind.
///
/// Of two records the shorter is simpler; of two as long, the one that has the lower number where
/// they first differ. Small passes are repeated until none of them gets any further, those that
/// try most only after the others. The same start and the same attempts give the same end.
public struct Shrinker<Value> {
  /// A record that makes what is wanted.
  public struct Candidate {
    /// The choices that were drawn: those of the record that was tried, limited to their bounds,
    /// without those that nobody drew.
    public let record: [UInt64]
    /// What they make.
    public let value: Value

    /// Makes a candidate of these values.
    public init(record: [UInt64], value: Value) {
      self.record = record
      self.value = value
    }
  }

  /// The simplest candidate so far.
  public private(set) var best: Candidate
  let effort: ShrinkEffort
  private let attempt: ([UInt64]) -> Candidate?
  private var tried: Set<[UInt64]> = []

  /// Shrinks `start`; `attempt` answers what a record makes, `nil` where that is not of the kind.
  public init(
    _ start: Candidate, effort: ShrinkEffort, attempt: @escaping ([UInt64]) -> Candidate?
  ) {
    best = start
    self.effort = effort
    self.attempt = attempt
  }

  /// Whether `left` is simpler than `right`.
  public static func isSimpler(_ left: [UInt64], than right: [UInt64]) -> Bool {
    left.count != right.count
      ? left.count < right.count : left.lexicographicallyPrecedes(right)
  }

  /// Shrinks until no pass gets any further, or no effort is left.
  public mutating func run() {
    keepPrefixes()
    while effort.isLeft {
      let before = best.record
      deleteChunks()
      zeroChunks()
      lowerNumbers()
      guard best.record == before else { continue }
      lowerEqualNumbers()
      moveBetweenNeighbours()
      guard best.record == before else { continue }
      deleteBehindLowered()
      if best.record == before { return }
    }
  }

  /// Whether `record` is a simpler candidate; it is the best one then.
  mutating func takes(_ record: [UInt64]) -> Bool {
    guard tried.insert(record).inserted, effort.spend(), let found = attempt(record),
      Self.isSimpler(found.record, than: best.record)
    else { return false }
    best = found
    return true
  }
}
