/// Standard output for text of many lines, written in pieces of 64 KiB.
public final class OutputLines {
  private var text = ""
  private let bar: ProgressBar
  private let deliver: (String) -> Void

  /// Makes it; nothing is written yet. What is shown of `bar` is taken away before each piece.
  public init(beside bar: ProgressBar) {
    self.bar = bar
    deliver = Output.write
  }

  /// Makes it for standard error, where standard output is wanted for something else.
  public init(onErrorsBeside bar: ProgressBar) {
    self.bar = bar
    deliver = Output.note
  }

  /// Makes it for a program that is not to end where standard output fails: `failing` is told of
  /// that, and what is written from then on is lost.
  public init(beside bar: ProgressBar, failing: @escaping () -> Void) {
    self.bar = bar
    var hasFailed = false
    deliver = { text in
      guard !hasFailed, !Output.offer(text) else { return }
      hasFailed = true
      failing()
    }
  }

  /// Writes `line` and a line end, now or later.
  public func write(_ line: String) {
    text += line
    text += "\n"
    if text.utf8.count >= 1 << 16 { flush() }
  }

  /// Writes what was kept back.
  public func flush() {
    guard !text.isEmpty else { return }
    bar.clear()
    deliver(text)
    text = ""
  }
}
