public import VCIFormat

/// The result of a full check of an image.
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

  /// Counts of the tree.
  public struct Tree: Hashable, Sendable {
    /// Its levels, the root's included.
    public var depth: Int
    /// Its internal nodes.
    public var internalNodes: Int
    /// Its leaves.
    public var leaves: Int
    /// Its used extents.
    public var extents: Int
    /// The disk blocks of all extents, or `UInt64.max` if 64 bits cannot hold the number.
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

  /// The findings that were kept, in walk order: the first ones, up to the checker's budget, and
  /// then the first of each further rule.
  public internal(set) var findings: [Violation] = []
  /// The number of findings of each rule, by its index; empty if there are no findings.
  private var ruleCounts: [Int] = []
  /// Whether there were more findings than were kept.
  public internal(set) var isTruncated = false
  /// The last group of rules that was checked.
  public internal(set) var group = RuleGroup.probe
  /// The file's size in bytes.
  public internal(set) var byteCount: UInt64 = 0
  /// The header, with zeros after the end of a short file; `nil` before it is read.
  public internal(set) var header: Header?
  /// The counters of the block map; `nil` if it was not read.
  public internal(set) var stored: Counters?
  /// The counters that follow from bitmap and tree; `nil` if they were not counted.
  public internal(set) var recomputed: Counters?
  /// The counts of the tree; `nil` if it was not walked.
  public internal(set) var tree: Tree?
  /// The verdict on the image as a whole.
  public private(set) var verdict = Verdict.clean

  /// Returns the number of findings of `ruleClass`.
  public func count(of ruleClass: RuleClass) -> Int {
    // An image is dirty or is not, so all findings of a rule are of one class.
    let isDirty = header?.isDirty ?? false
    let rules = brokenRules.filter { $0.ruleClass(dirty: isDirty) == ruleClass }
    return rules.reduce(0) { $0 + count(of: $1) }
  }

  /// Returns the number of findings of `rule`.
  public func count(of rule: Rule) -> Int {
    ruleCounts.isEmpty ? 0 : ruleCounts[rule.index]
  }

  /// The rules that are broken, in the order of the catalogue.
  public var brokenRules: [Rule] { Rule.allCases.filter { count(of: $0) > 0 } }

  /// The number of all findings.
  public var findingCount: Int { ruleCounts.reduce(0, +) }

  /// The findings that were kept, the worst class first, and each class in walk order.
  public var findingsByClass: [Violation] {
    RuleClass.allCases.flatMap { ruleClass in findings.filter { $0.ruleClass == ruleClass } }
  }

  /// The number of findings of each rule that were not kept, in the order of the catalogue.
  public var unkeptCounts: [(rule: Rule, count: Int)] {
    guard isTruncated else { return [] }
    var counts = ruleCounts
    for finding in findings { counts[finding.rule.index] -= 1 }
    return Rule.allCases.compactMap { rule in
      let count = counts[rule.index]
      return count > 0 ? (rule, count) : nil
    }
  }

  /// Counts `finding`, and keeps it if fewer than `budget` are kept, or none of its rule.
  mutating func add(_ finding: Violation, budget: Int) {
    let verdict = Verdict(of: finding)
    if verdict.precedes(self.verdict) { self.verdict = verdict }
    if findings.count < budget || count(of: finding.rule) == 0 {
      findings.append(finding)
    } else {
      isTruncated = true
    }
    count(1, of: finding.rule)
  }

  /// Counts `more` findings of `rule` that are not kept; one was added before.
  mutating func addUnkept(_ more: Int, of rule: Rule) {
    if more > 0 { isTruncated = true }
    count(more, of: rule)
  }

  private mutating func count(_ more: Int, of rule: Rule) {
    if ruleCounts.isEmpty { ruleCounts = [Int](repeating: 0, count: Rule.allCases.count) }
    ruleCounts[rule.index] += more
  }
}
