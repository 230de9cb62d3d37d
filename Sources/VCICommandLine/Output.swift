internal import FoundationEssentials
internal import Glibc
internal import VCIFormat

/// Standard output and standard error.
///
/// Nothing is ever coloured, and no text reaches a terminal with a character that it obeys but the
/// ends of our own lines: `PrintableText` tells which.
public enum Output {
  /// Writes `text` to standard output, made printable; ends the program with 1 where that fails,
  /// and without a word if the reader is gone.
  public static func write(_ text: String) {
    if !offer(text) { exit(1) }
  }

  /// Writes `text` to standard output, made printable; answers whether it took all, and says why
  /// not unless the reader is gone.
  static func offer(_ text: String) -> Bool {
    let text = PrintableText(lines: text).description
    guard let code = write(text, to: STDOUT_FILENO) else { return true }
    if code != EPIPE {
      note("cannot write to standard output: \(unsafe String(cString: strerror(code)))")
    }
    return false
  }

  /// Writes `text` to standard error, made printable, and a line end where it has none.
  public static func note(_ text: String) {
    let text = PrintableText(lines: text).description
    put(text.hasSuffix("\n") ? text : text + "\n")
  }

  /// Writes `text` to standard error, as it is.
  static func put(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  /// Writes all of `text`; answers the error number where the file takes no more.
  private static func write(_ text: String, to file: Int32) -> Int32? {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.write(file, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count < 0 ? errno : EIO }
      rest = rest.dropFirst(count)
    }
    return nil
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

extension Output {
  /// From here on a pipe without a reader and a file over the user's limit are errors of a write,
  /// not the end, and no file that is opened takes the place of a closed standard stream.
  static func prepare() {
    _ = signal(SIGPIPE, SIG_IGN)
    _ = signal(SIGXFSZ, SIG_IGN)
    for file in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(file, F_GETFD) < 0 {
      // Opened for reading, it refuses what is written; it gets the lowest free number, `file`.
      _ = unsafe open("/dev/null", O_RDONLY)
    }
  }
}
