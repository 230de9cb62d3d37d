/// A rule that an image breaks, and its class there.
public struct BrokenRule: Hashable, Sendable {
  public var rule: String
  public var `class`: String

  public init(rule: String, class: String) {
    self.rule = rule
    self.class = `class`
  }
}
