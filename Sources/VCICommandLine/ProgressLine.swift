internal import Glibc

/// A line on standard error that says how far long work is; it is shown only on a terminal, and only
/// once the work has taken a second.
public struct ProgressLine: Sendable {
  private let start = ContinuousClock.now
  private let isTerminal = isatty(STDERR_FILENO) == 1

  /// Makes the line for work that begins now.
  public init() {}

  /// Shows `text` in place of what was shown before.
  public func show(_ text: @autoclosure () -> String) {
    guard isTerminal, elapsed > .seconds(1) else { return }
    Output.put("\r\u{1b}[K" + text())
  }

  /// Takes the line away.
  public func clear() {
    guard isTerminal, elapsed > .seconds(1) else { return }
    Output.put("\r\u{1b}[K")
  }

  /// The time since the work began.
  public var elapsed: Duration { ContinuousClock.now - start }
}
