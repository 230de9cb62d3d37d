/// A limit on the attempts of shrinking, shared by all shrinkers of one case.
package final class ShrinkEffort {
  private let limit: Int
  /// The number of attempts so far.
  package private(set) var spent = 0
  private let isStopped: (Int) -> Bool

  /// Allows `limit` attempts, or fewer: `isStopped` is called before each one with the number of
  /// attempts so far, and no more are allowed after it returned `true`.
  package init(limit: Int, isStopped: @escaping (_ spent: Int) -> Bool = { _ in false }) {
    self.limit = limit
    self.isStopped = isStopped
  }

  /// Whether another attempt may be made.
  package var isLeft: Bool { spent < limit && !isStopped(spent) }

  /// Counts an attempt. Returns `false` if none was left.
  package func spend() -> Bool {
    guard isLeft else { return false }
    spent += 1
    return true
  }
}
