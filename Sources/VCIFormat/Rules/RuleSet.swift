/// A set of rules, in one 64-bit word.
public struct RuleSet: Hashable, Sendable {
  private var bits: UInt64 = 0

  /// Makes an empty set.
  public init() {}

  /// Makes the set of `rules`.
  public init(_ rules: some Sequence<Rule>) {
    for rule in rules { insert(rule) }
  }

  /// Whether the set is empty.
  public var isEmpty: Bool { bits == 0 }

  /// Returns whether `rule` is in the set.
  public func contains(_ rule: Rule) -> Bool { bits >> UInt64(rule.index) & 1 == 1 }

  /// Returns whether the sets have a rule in common.
  public func intersects(_ other: RuleSet) -> Bool { bits & other.bits != 0 }

  /// Inserts `rule`.
  public mutating func insert(_ rule: Rule) { bits |= 1 << UInt64(rule.index) }

  /// Inserts every rule of `other`.
  public mutating func formUnion(_ other: RuleSet) { bits |= other.bits }

  /// The rules, in the order of the catalogue.
  public var rules: [Rule] { Rule.allCases.filter(contains) }
}

extension RuleSet: ExpressibleByArrayLiteral {
  public init(arrayLiteral rules: Rule...) { self.init(rules) }
}
