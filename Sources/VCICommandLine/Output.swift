internal import FoundationEssentials
internal import Glibc

/// Standard output and standard error.
public enum Output {
  /// Writes `text` to standard output, as it is; ends the program where that takes no more, in
  /// silence where nobody reads it.
  public static func write(_ text: String) {
    guard !write(text, to: STDOUT_FILENO) else { return }
    let code = errno
    if code != EPIPE { note("cannot write the output: \(unsafe String(cString: strerror(code)))") }
    exit(1)
  }

  /// Writes `text` and a line end to standard error.
  public static func note(_ text: String) {
    _ = write(text + "\n", to: STDERR_FILENO)
  }

  /// Writes `text` to standard error, as it is.
  static func put(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  /// Writes all of `text`; answers no where the file takes no more.
  private static func write(_ text: String, to file: Int32) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.write(file, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// The JSON of `value` on one line, its keys sorted.
  public static func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      preconditionFailure("a value that JSON can't hold: \(value)")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}

/// A line on standard error that says how far long work is; it is shown only on a terminal, and only
/// once the work has taken a second.
public struct ProgressLine: Sendable {
  private let start = ContinuousClock.now
  private let isTerminal = isatty(STDERR_FILENO) == 1

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
