public import VCIFormat

/// What a full check of an image found.
public struct Report: Sendable {
  /// Counters of blocks.
  public struct Counters: Hashable, Sendable {
    /// Blocks that are free.
    public var free: UInt64
    /// Blocks that hold metadata.
    public var metadata: UInt64
    /// Blocks that hold cached data.
    public var data: UInt64

    /// Makes counters of these values.
    public init(free: UInt64, metadata: UInt64, data: UInt64) {
      self.free = free
      self.metadata = metadata
      self.data = data
    }
  }

  /// What the tree holds.
  public struct Tree: Hashable, Sendable {
    /// Its levels, the root's included.
    public var depth: Int
    /// Its internal nodes.
    public var internalNodes: Int
    /// Its leaves.
    public var leaves: Int
    /// Its used extents.
    public var extents: Int
    /// The disk blocks that they hold; `UInt64.max` where 64 bits can't hold the number.
    public var cachedBlocks: UInt64

    /// Makes a tree of these values.
    public init(
      depth: Int, internalNodes: Int, leaves: Int, extents: Int, cachedBlocks: UInt64
    ) {
      self.depth = depth
      self.internalNodes = internalNodes
      self.leaves = leaves
      self.extents = extents
      self.cachedBlocks = cachedBlocks
    }
  }

  /// The findings that were kept, in walk order: as many as the check was asked to, and of those that
  /// come behind them the first of each rule and class.
  public internal(set) var findings: [Violation] = []
  /// How many findings there were of each rule, by its raw value; empty where there were none at all.
  private var ruleCounts: [Int] = []
  /// How many findings there were of each class, in the order of `RuleClass.allCases`.
  private var classCounts = (0, 0, 0, 0, 0)
  /// Whether there were more findings than were kept.
  public internal(set) var isTruncated = false
  /// The last group of rules that was judged.
  public internal(set) var group = RuleGroup.probe
  /// The file's size in bytes.
  public internal(set) var byteCount: UInt64 = 0
  /// The header, what the file does not have of it as zeros; `nil` before it is read.
  public internal(set) var header: Header?
  /// The counters as the block map has them; `nil` where it was not read.
  public internal(set) var stored: Counters?
  /// The counters as they follow from bitmap and tree; `nil` where they were not counted.
  public internal(set) var recomputed: Counters?
  /// What the tree holds; `nil` where it was not walked.
  public internal(set) var tree: Tree?
  /// What is to be said of the image as a whole.
  public private(set) var verdict = Verdict.clean

  /// How many findings there were of `ruleClass`.
  public func count(of ruleClass: RuleClass) -> Int {
    switch ruleClass {
    case .corruption: classCounts.0
    case .summary: classCounts.1
    case .leak: classCounts.2
    case .dirty: classCounts.3
    case .advice: classCounts.4
    }
  }

  /// How many findings there were of `rule`.
  public func count(of rule: Rule) -> Int {
    ruleCounts.isEmpty ? 0 : ruleCounts[rule.index]
  }

  /// The rules that are broken, in the order of the catalogue.
  public var brokenRules: [Rule] { Rule.allCases.filter { count(of: $0) > 0 } }

  /// How many findings there were.
  public var findingCount: Int { ruleCounts.reduce(0, +) }

  /// The findings that were kept, those of the worst class first, and of each class in walk order.
  public var findingsByClass: [Violation] {
    RuleClass.allCases.flatMap { ruleClass in findings.filter { $0.ruleClass == ruleClass } }
  }

  /// How many findings of each rule were not kept, in the order of the catalogue.
  public var unkeptCounts: [(rule: Rule, count: Int)] {
    guard isTruncated else { return [] }
    var counts = ruleCounts
    for finding in findings { counts[finding.rule.index] -= 1 }
    return Rule.allCases.compactMap { rule in
      let count = counts[rule.index]
      return count > 0 ? (rule, count) : nil
    }
  }

  /// Counts `finding`, and keeps it where fewer than `budget` are kept, or none of its rule and class.
  mutating func add(_ finding: Violation, budget: Int) {
    let verdict = Verdict(of: finding)
    if verdict.precedes(self.verdict) { self.verdict = verdict }
    if findings.count < budget || isFirst(finding) {
      findings.append(finding)
      count(1, of: finding.rule, finding.ruleClass)
    } else {
      addUnkept(1, of: finding.rule, finding.ruleClass)
    }
  }

  /// Counts `more` findings of `rule` and `ruleClass` that are not kept, one of which was added before.
  mutating func addUnkept(_ more: Int, of rule: Rule, _ ruleClass: RuleClass) {
    guard more > 0 else { return }
    isTruncated = true
    count(more, of: rule, ruleClass)
  }

  /// Whether no finding of the same rule was added; all that an image has of a rule are of one class.
  private func isFirst(_ finding: Violation) -> Bool { count(of: finding.rule) == 0 }

  private mutating func count(_ more: Int, of rule: Rule, _ ruleClass: RuleClass) {
    if ruleCounts.isEmpty { ruleCounts = [Int](repeating: 0, count: Rule.allCases.count) }
    ruleCounts[rule.index] += more
    switch ruleClass {
    case .corruption: classCounts.0 += more
    case .summary: classCounts.1 += more
    case .leak: classCounts.2 += more
    case .dirty: classCounts.3 += more
    case .advice: classCounts.4 += more
    }
  }
}
