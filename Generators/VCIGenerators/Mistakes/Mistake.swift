package import VCIFormat

/// A mistake that a program which probes, opens, reads or checks images may make.
package enum Mistake: Hashable, Sendable {
  /// A comparison that a rule asks for is wrong.
  case comparison(Comparison, Slip)
  /// A number of the file, or the request's, loses bits as it is decoded.
  case number(Number, Loss)
  /// A rule is applied in some places only.
  case scope(Rule, Scope)
  /// The program has another wrong habit.
  case habit(Habit)
  /// A checker, or an open for writing, gets a rule wrong that no reader needs.
  case check(CheckMistake)

  /// A number that a program decodes or is given.
  package enum Number: Hashable, Sendable {
    case field(Field)
    /// The first disk block of a request.
    case block
    /// The number of blocks of a request.
    case count
  }

  /// How a number loses bits.
  package enum Loss: Hashable, Sendable {
    /// Only this many low bits are kept.
    case keeps(Int)
    /// It passes through a floating-point number of 53 bits.
    case double
  }

  /// Where a rule is applied.
  package enum Scope: String, CaseIterable, Sendable {
    case rootOnly = "at the root only"
    case belowRoot = "below the root only"
    case oneLevelBelow = "at the root and one level below only"
    case firstOnly = "to the first slot only"
    case notFirst = "not to the first slot"
    case notLast = "not to the last slot of a full node"
  }

  /// All mistakes, in the order of the table in `Specs/Mistakes.md`.
  package static let all: [Mistake] =
    Comparison.allCases.flatMap { comparison in
      Slip.all(of: comparison).map { .comparison(comparison, $0) }
    } + numbers + scopes(of: nodeRules) + Habit.allCases.map { .habit($0) }
    + CheckMistake.all.map { .check($0) } + scopes(of: checkRules)

  private static var numbers: [Mistake] {
    let fields = Field.allCases.filter {
      $0.layout.width <= 8 && $0.layout.kind != .reserved && $0 != .extentPrevious
        && $0 != .extentNext
    }
    let all = fields.map { (Number.field($0), $0.layout.width * 8) } + [(.block, 64), (.count, 64)]
    return all.flatMap { number, width in
      [8, 16, 31, 32, 53, 54, 55, 63].filter { $0 < width }
        .map { Mistake.number(number, .keeps($0)) }
        + (width == 64 ? [.number(number, .double)] : [])
    }
  }

  private static func scopes(of rules: [Rule]) -> [Mistake] {
    rules.flatMap { rule in
      Scope.allCases.filter { rule.hasSlots || !$0.isOfSlots }.map { .scope(rule, $0) }
    }
  }

  /// The rules that a reader applies to nodes, entries and extents.
  private static let nodeRules: [Rule] = [
    .nodeType, .childInRange, .nodeNamedOnce, .nodeEntriesFirst, .nodeEntriesWhole,
    .internalNodeUsed, .entryOrder, .entryWithinDisk, .childWithinEntry, .extentOrder,
    .extentWithinDisk, .extentInRange, .extentFlags, .dataInFile,
  ]

  /// The rules that only a checker applies to nodes, entries and extents.
  private static let checkRules: [Rule] = [
    .nodeAllocated, .nodeApart, .nodeRestZero, .leafUsed, .extentAllocated,
    .extentApartFromMetadata, .extentApartFromData, .extentReservedZero,
  ]

  /// The rule for whose sake the table lists the mistake; `nil` for one about answers.
  package var rule: Rule? {
    switch self {
    case .comparison(let comparison, _): comparison.rule
    case .scope(let rule, _): rule
    case .number(.field(let field), _): field.rule
    case .number: nil
    case .habit(let habit): habit.rule
    case .check(let mistake): mistake.rule
    }
  }
}

extension Mistake.Scope {
  /// Whether it tells slots of one node apart.
  var isOfSlots: Bool {
    switch self {
    case .rootOnly, .belowRoot, .oneLevelBelow: false
    case .firstOnly, .notFirst, .notLast: true
    }
  }

  /// Returns whether a program with this scope applies its rule at a slot of a node.
  func covers(level: Int, slot: Int, capacity: Int) -> Bool {
    switch self {
    case .rootOnly: level == 1
    case .belowRoot: level > 1
    case .oneLevelBelow: level <= 2
    case .firstOnly: slot == 0
    case .notFirst: slot != 0
    case .notLast: slot != capacity - 1
    }
  }
}

extension Rule {
  /// Whether a reader applies the rule to each slot of a node.
  fileprivate var hasSlots: Bool {
    self != .nodeType && self != .internalNodeUsed && self != .leafUsed
  }
}

extension Field {
  /// The first rule that limits the field; `nil` if none does.
  fileprivate var rule: Rule? {
    switch self {
    case .signature: .headerSignature
    case .version: .headerVersion
    case .blocks: .headerBlocks
    case .uncleanShutdown: .headerUncleanShutdown
    case .cacheType: .headerCacheType
    case .treeRoot: .rootInRange
    case .blockMap: .mapInRange
    case .blockMapBlocks: .mapBlocksFit
    case .mapMagic: .mapMagic
    case .mapVersion: .mapVersion
    case .mapBlocks: .mapCoversCache
    case .mapFree, .mapMetadata, .mapData: .mapCountersSum
    case .nodeType: .nodeType
    case .extentFlags: .extentFlags
    case .extentOffset, .extentBlocks: .extentWithinDisk
    case .extentAddress: .extentInRange
    case .entryOffset, .entryBlocks: .entryWithinDisk
    case .entryChild: .childInRange
    case .imageUUID, .modificationUUID, .headerReserved, .mapReserved, .nodeEntries,
      .extentPrevious, .extentNext, .extentReserved:
      nil
    }
  }
}

extension Mistake.Loss {
  /// Returns what remains of `number`.
  func remainder(of number: UInt64) -> UInt64 {
    switch self {
    case .keeps(let bits): number & ((1 << UInt64(bits)) - 1)
    case .double: UInt64(exactly: Double(number)) ?? .max
    }
  }
}

extension Mistake: CustomStringConvertible {
  package var description: String {
    switch self {
    case .comparison(let comparison, let slip): "\(comparison.statement): \(slip)"
    case .number(.field(let field), let loss): "\(field.rawValue): \(loss)"
    case .number(.block, let loss): "block of a request: \(loss)"
    case .number(.count, let loss): "count of a request: \(loss)"
    case .scope(let rule, let scope): "\(rule.statement): \(scope.rawValue)"
    case .habit(let habit): habit.rawValue
    case .check(let mistake): mistake.description
    }
  }
}

extension Mistake.Loss: CustomStringConvertible {
  package var description: String {
    switch self {
    case .keeps(let bits): "low \(bits) bits kept"
    case .double: "rounded to 53 bits"
    }
  }
}
