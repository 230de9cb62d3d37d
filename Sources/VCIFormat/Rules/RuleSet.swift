/// A set of rules, in one word.
public struct RuleSet: Hashable, Sendable {
  private var bits: UInt64 = 0

  /// Makes the set of no rule.
  public init() {}

  /// Makes the set of `rules`.
  public init(_ rules: some Sequence<Rule>) {
    for rule in rules { insert(rule) }
  }

  /// Whether it has no rule.
  public var isEmpty: Bool { bits == 0 }

  /// Whether `rule` belongs to it.
  public func contains(_ rule: Rule) -> Bool { bits >> UInt64(rule.index) & 1 == 1 }

  /// Whether some rule belongs to both.
  public func intersects(_ other: RuleSet) -> Bool { bits & other.bits != 0 }

  /// Puts `rule` into it.
  public mutating func insert(_ rule: Rule) { bits |= 1 << UInt64(rule.index) }

  /// Puts every rule of `other` into it.
  public mutating func formUnion(_ other: RuleSet) { bits |= other.bits }

  /// Its rules, in the order of the catalogue.
  public var rules: [Rule] { Rule.allCases.filter(contains) }
}

extension RuleSet: ExpressibleByArrayLiteral {
  public init(arrayLiteral rules: Rule...) { self.init(rules) }
}
