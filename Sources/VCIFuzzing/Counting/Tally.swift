public import VCIFormat

/// The counts of a campaign, or of one of its jobs.
public struct Tally: Equatable, Sendable {
  /// All counts, in the order in which a job board keeps them.
  public private(set) var words = [UInt64](repeating: 0, count: Tally.wordCount)

  /// The number of counts.
  public static let wordCount =
    Counter.allCases.count + Rule.allCases.count * RuleCounter.allCases.count

  /// Makes a tally whose counts are all 0.
  public init() {}

  /// Makes a tally from the counts of a job board.
  ///
  /// - Precondition: `words` has `wordCount` elements.
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
