/// Buffers lines of output and writes them in pieces of about 64 KiB.
public final class OutputLines {
  private var text = ""
  private let bar: ProgressBar
  private let deliver: (String) -> Void

  /// Makes a buffer for standard output. `bar` is cleared before each piece.
  public init(beside bar: ProgressBar) {
    self.bar = bar
    deliver = Output.write
  }

  /// Makes a buffer for standard error, for a command that writes data to standard output.
  public init(onErrorsBeside bar: ProgressBar) {
    self.bar = bar
    deliver = Output.note
  }

  /// Makes a buffer for standard output that does not end the program if writing fails. `failing`
  /// is called at the first failure, and later lines are discarded.
  public init(beside bar: ProgressBar, failing: @escaping () -> Void) {
    self.bar = bar
    var hasFailed = false
    deliver = { text in
      guard !hasFailed, !Output.offer(text) else { return }
      hasFailed = true
      failing()
    }
  }

  /// Adds `line` and a line end to the buffer, and writes the buffer once it has 64 KiB.
  public func write(_ line: String) {
    text += line
    text += "\n"
    if text.utf8.count >= 1 << 16 { flush() }
  }

  /// Writes the buffered lines.
  public func flush() {
    guard !text.isEmpty else { return }
    bar.clear()
    deliver(text)
    text = ""
  }
}
