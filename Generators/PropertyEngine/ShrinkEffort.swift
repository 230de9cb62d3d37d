/// How much shrinking may still try: a number of attempts, shared by all that shrink one case.
public final class ShrinkEffort {
  /// The most attempts.
  public let limit: Int
  /// The attempts so far.
  public private(set) var spent = 0
  private let isStopped: (Int) -> Bool

  /// Allows `limit` attempts, fewer where `isStopped`, which is told how many were made before each
  /// one, says so.
  public init(limit: Int, isStopped: @escaping (_ spent: Int) -> Bool = { _ in false }) {
    self.limit = limit
    self.isStopped = isStopped
  }

  /// Whether another attempt may be made.
  public var isLeft: Bool { spent < limit && !isStopped(spent) }

  /// Takes one attempt; answers whether there was one.
  public func spend() -> Bool {
    guard isLeft else { return false }
    spent += 1
    return true
  }
}
