#if VCI_FAULTS
  internal import Glibc
#endif
internal import VCIFormat

/// The counts and the discrepancies of one iteration.
struct Observation {
  /// The counters to increase by one, as indices in a tally.
  private(set) var counts: [Int] = []
  /// The counters to increase by more than one.
  private(set) var amounts: [(index: Int, amount: UInt64)] = []
  private(set) var discrepancies: [Discrepancy] = []

  #if VCI_FAULTS
    /// Whether only what probe, open and reads do counts: `Scripts/kill-faults --behaviour`.
    private static let countsBehaviourAlone = unsafe getenv("VCI_BEHAVIOUR") != nil
  #endif

  /// Removes everything, and keeps the memory.
  mutating func reset() {
    counts.removeAll(keepingCapacity: true)
    amounts.removeAll(keepingCapacity: true)
    discrepancies.removeAll(keepingCapacity: true)
  }

  mutating func count(_ counter: Counter) { counts.append(counter.rawValue) }

  mutating func count(_ counter: Counter, by amount: UInt64) {
    if amount > 0 { amounts.append((counter.rawValue, amount)) }
  }

  /// Adds the counts and discrepancies of `other`.
  mutating func add(_ other: Observation) {
    counts += other.counts
    amounts += other.amounts
    discrepancies += other.discrepancies
  }

  mutating func count(_ rule: Rule, _ counter: RuleCounter) {
    counts.append(Tally.index(rule, counter))
  }

  /// Reports a discrepancy of programs of others.
  mutating func report(_ discrepancy: Discrepancy) {
    discrepancies.append(discrepancy)
    count(.findings)
  }

  /// Counts a case by the way in which its image was made.
  mutating func countKind(of fuzzCase: FuzzCase) {
    count(Counter(fuzzCase.kind))
    if case .corpus = fuzzCase.base { count(.corpus) }
    if fuzzCase.kind != .untouched, !fuzzCase.isChanged { count(.unchanged) }
    if fuzzCase.forecast != nil { count(.forecast) }
  }

  mutating func report(_ kind: DiscrepancyKind, _ rule: Rule? = nil, _ detail: String) {
    #if VCI_FAULTS
      if Self.countsBehaviourAlone, !kind.isBehaviour { return }
    #endif
    discrepancies.append(Discrepancy(kind, rule, detail))
    count(.findings)
  }
}
