public import VCIFormat

/// What a campaign counts.
public enum Counter: Int, CaseIterable, Sendable {
  /// Iterations that were run to their end, a trap included.
  case iterations
  /// Iterations whose findings were forecast.
  case forecast
  /// Iterations on an image of the corpus.
  case corpus
  /// Iterations by `FuzzCase.Kind`, in its order.
  case untouched, breakage, aimless, blind
  /// Iterations whose edits changed no byte.
  case unchanged
  /// Images that probe, open for reading and reads took or refused.
  case probeAccepted, probeRefused, openAccepted, openRefused
  case readHits, readMisses, readRefused
  /// Images by verdict of the check, in the order of exit codes.
  case clean, incomplete, corrupt, repairable, dirty, notAnImage, unsupportedVersion
  /// Images whose check reached the last group.
  case lastGroup
  /// Iterations with operations, and those of them on an image that the reference created.
  case operated, created
  /// Images that were opened for writing: taken, refused, and refused for want of room alone.
  case writingAccepted, writingRefused, noRoomToWrite
  /// Operations, and how many there are of each kind.
  case operations, writes, reads, discards, flushRequests, closes, reopensReading, reopensWriting
  /// What reads among operations answered.
  case operationHits, operationMisses
  /// What handles did.
  case evictions, evictedBlocks, droppedBlocks, splits, merges, flushes, selfFlushes
  /// Discrepancies.
  case findings
}

/// What is counted of each rule.
public enum RuleCounter: Int, CaseIterable, Sendable {
  /// Times it was forecast as broken by edits that changed the image.
  case predicted
  /// Times it was found where it was forecast.
  case found
  /// Times it was forecast and not found.
  case missed
  /// Times it was found and not forecast.
  case unexpected
  /// Times it was found in an image of which nothing could be forecast.
  case blind
}

/// The counts of a campaign, or of one of its jobs.
public struct Tally: Equatable, Sendable {
  /// All counts, in the order in which a job board keeps them.
  public private(set) var words = [UInt64](repeating: 0, count: Tally.wordCount)

  /// How many counts there are.
  public static let wordCount =
    Counter.allCases.count + Rule.allCases.count * RuleCounter.allCases.count

  /// Makes a tally in which nothing is counted.
  public init() {}

  /// Makes a tally of the counts that a job board kept.
  ///
  /// - Precondition: there are `wordCount` of them.
  public init(words: [UInt64]) {
    precondition(words.count == Self.wordCount, "\(words.count) counts")
    self.words = words
  }

  public subscript(counter: Counter) -> UInt64 {
    get { words[counter.rawValue] }
    set { words[counter.rawValue] = newValue }
  }

  public subscript(rule: Rule, counter: RuleCounter) -> UInt64 {
    get { words[Self.index(rule, counter)] }
    set { words[Self.index(rule, counter)] = newValue }
  }

  /// Adds the counts of `other`.
  public mutating func add(_ other: Tally) {
    for index in words.indices { words[index] += other.words[index] }
  }

  static func index(_ rule: Rule, _ counter: RuleCounter) -> Int {
    Counter.allCases.count + rule.index * RuleCounter.allCases.count + counter.rawValue
  }
}

/// What one iteration adds to the counts, and what it found.
struct Observation {
  /// The counts that go up by one, by their index in a tally.
  private(set) var counts: [Int] = []
  /// The counts that go up by more.
  private(set) var amounts: [(index: Int, amount: UInt64)] = []
  /// The discrepancies.
  private(set) var discrepancies: [Discrepancy] = []

  /// Forgets everything, and keeps the storage.
  mutating func reset() {
    counts.removeAll(keepingCapacity: true)
    amounts.removeAll(keepingCapacity: true)
    discrepancies.removeAll(keepingCapacity: true)
  }

  mutating func count(_ counter: Counter) { counts.append(counter.rawValue) }

  mutating func count(_ counter: Counter, by amount: UInt64) {
    if amount > 0 { amounts.append((counter.rawValue, amount)) }
  }

  /// Adds what another observation counted and found.
  mutating func add(_ other: Observation) {
    counts += other.counts
    amounts += other.amounts
    discrepancies += other.discrepancies
  }

  mutating func count(_ rule: Rule, _ counter: RuleCounter) {
    counts.append(Tally.index(rule, counter))
  }

  mutating func report(_ kind: DiscrepancyKind, _ rule: Rule? = nil, _ detail: String) {
    discrepancies.append(Discrepancy(kind, rule, detail))
    count(.findings)
  }
}
