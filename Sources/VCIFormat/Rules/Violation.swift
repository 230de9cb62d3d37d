/// The numbers that a rule allows.
public enum Expectation: Hashable, Sendable, CustomStringConvertible {
  case exactly(UInt64)
  case oneOf(UInt64, UInt64)
  case not(UInt64)
  case atLeast(UInt64)
  case atMost(UInt64)
  case multiple(of: UInt64)
  /// At least the first and below the second.
  case within(UInt64, UInt64)
  /// At least the first and at most the second.
  case between(UInt64, UInt64)

  public var description: String {
    switch self {
    case .exactly(let value): "\(value)"
    case .oneOf(let first, let second): "\(first) or \(second)"
    case .not(let value): "anything but \(value)"
    case .atLeast(let value): "at least \(value)"
    case .atMost(let value): "at most \(value)"
    case .multiple(let unit): "a multiple of \(unit)"
    case .within(let lower, let upper): "from \(lower) up to, not including, \(upper)"
    case .between(let lower, let upper): "from \(lower) to \(upper)"
    }
  }
}

/// One of the two programs that hold images to the rules.
public enum Program: String, Sendable {
  case checker, reference
}

/// What sets a site apart from another one of the same program and rule.
public enum SitePart: String, Sendable {
  case map, root, node, cycle, shared
}

/// A rule that an image breaks, and where: thrown by the reference, collected by the checker.
///
/// It is of fixed size; its text is made on demand.
public struct Violation: Error, Hashable, Sendable {
  /// The broken rule.
  public let rule: Rule
  /// The class of the rule in this image.
  public let ruleClass: RuleClass
  /// The stage by which a hardened implementation finds it, at this place.
  public let stage: Stage
  /// Where the image breaks the rule.
  public let place: Place
  /// The numbers that the rule allows.
  public let expected: Expectation
  /// The number in the image.
  public let actual: UInt64

  /// The place's path.
  public var path: Path { place.path }
  /// The place's first byte in the file.
  public var offset: UInt64 { place.offset }
  /// The place's number of bytes.
  public var length: UInt64 { place.length }

  /// Makes the violation that a site reports, or `nil` if the fault of this site is planted.
  ///
  /// A site is one place in checker or reference that makes a violation: `program`, `rule` and,
  /// if a program has several sites for a rule, `part` are its name, as `checker/VCI-EXT-003` or
  /// `checker/VCI-FILE-005/map`. No two sites have the same name, so each can be silenced alone
  /// (`Scripts/count-sites`).
  ///
  /// `situation` is needed only if the rule's stage depends on it and the path does not tell.
  public init?(
    _ rule: Rule, by program: Program, part: SitePart? = nil, at place: Place,
    expected: Expectation, actual: UInt64, inDirtyImage: Bool = false, situation: Situation? = nil
  ) {
    #if VCI_FAULTS
      if PlantedFault.current == .site(program, rule, part) { return nil }
    #endif
    self.rule = rule
    self.ruleClass = rule.ruleClass(dirty: inDirtyImage)
    self.stage = rule.stage(in: situation ?? (place.path.isInRoot ? .root : .elsewhere))
    self.place = place
    self.expected = expected
    self.actual = actual
  }
}

extension Violation: CustomStringConvertible {
  /// One line: rule, byte in hexadecimal, path, statement, expected and actual number.
  public var description: String {
    "\(rule) at 0x\(hexadecimal(offset, digits: 1)), \(path): \(rule.statement); "
      + "expected \(expected), found \(actual)"
  }
}
