/// Standard output for text of many lines, written in pieces of 64 KiB.
public final class OutputLines {
  private var text = ""

  /// Makes it; nothing is written yet.
  public init() {}

  /// Writes `line` and a line end, now or later.
  public func write(_ line: String) {
    text += line
    text += "\n"
    if text.utf8.count >= 1 << 16 { flush() }
  }

  /// Writes what was kept back.
  public func flush() {
    if !text.isEmpty { Output.write(text) }
    text = ""
  }
}
