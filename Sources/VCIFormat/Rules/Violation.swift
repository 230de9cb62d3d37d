/// What a rule wants of a number.
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

/// A rule that an image breaks, and where: thrown by the reference, collected by the checker.
///
/// It is of fixed size; its text is made on demand.
public struct Violation: Error, Hashable, Sendable {
  /// The broken rule.
  public let rule: Rule
  /// What follows from it, for this image.
  public let ruleClass: RuleClass
  /// When a hardened implementation finds it at the latest, at this place.
  public let stage: Stage
  /// The place.
  public let path: Path
  /// The place's first byte in the file.
  public let offset: UInt64
  /// The place's bytes.
  public let length: UInt64
  /// What the rule wants.
  public let expected: Expectation
  /// What the image has.
  public let actual: UInt64

  /// Makes the violation that `site` reports; `nil` where that site's fault is planted.
  ///
  /// `site` is a case of `Fault` that no other place in the code names, so that every place that
  /// makes a violation can be silenced alone. `situation` is needed only where the rule's stage
  /// depends on it and the path doesn't tell.
  public init?(
    _ rule: Rule, site: Fault, at path: Path, offset: UInt64, length: UInt64,
    expected: Expectation, actual: UInt64, inDirtyImage: Bool = false, situation: Situation? = nil
  ) {
    guard !site.isPlanted else { return nil }
    self.rule = rule
    self.ruleClass = rule.ruleClass(dirty: inDirtyImage)
    self.stage = rule.stage(in: situation ?? (path.isInRoot ? .root : .elsewhere))
    self.path = path
    self.offset = offset
    self.length = length
    self.expected = expected
    self.actual = actual
  }
}

extension Violation: CustomStringConvertible {
  /// One line: rule, byte in hexadecimal, path, what is wrong.
  public var description: String {
    "\(rule) at 0x\(hexadecimal(offset, digits: 1)), \(path): \(rule.statement); "
      + "expected \(expected), found \(actual)"
  }
}
