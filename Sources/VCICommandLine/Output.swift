internal import FoundationEssentials
internal import Glibc
internal import VCIFormat

/// Standard output and standard error.
///
/// Text has no colours. `PrintableText` escapes its control characters except line ends, so that no
/// name in it can control a terminal.
public enum Output {
  /// Writes `text` to standard output, made printable. If that fails, ends the program with exit
  /// code 1, without a message if the reader is gone.
  public static func write(_ text: String) {
    if !offer(text) { exit(1) }
  }

  /// Writes `text` to standard output, made printable, and returns whether all of it was written. A
  /// failure is reported on standard error unless the reader is gone.
  static func offer(_ text: String) -> Bool {
    let text = PrintableText(lines: text).description
    guard let code = write(text, to: STDOUT_FILENO) else { return true }
    if code != EPIPE {
      note("cannot write to standard output: \(unsafe String(cString: strerror(code)))")
    }
    return false
  }

  /// Writes `text` to standard error, made printable, and a line end if it has none.
  public static func note(_ text: String) {
    let text = PrintableText(lines: text).description
    put(text.hasSuffix("\n") ? text : text + "\n")
  }

  /// Writes `text` to standard error unchanged. A failure is ignored.
  static func put(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  /// Writes all of `text`. Returns the error number if a write fails, otherwise `nil`.
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

  /// Returns the JSON of `value` on one line, with sorted keys and a line end.
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
  /// Prepares the process for output, before any file is opened.
  ///
  /// A write to a pipe without a reader or beyond the limit of a file's size then fails instead of
  /// ending the program. Standard streams that are closed are opened again, so that no other file
  /// gets their descriptors.
  static func prepare() {
    _ = signal(SIGPIPE, SIG_IGN)
    _ = signal(SIGXFSZ, SIG_IGN)
    for file in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(file, F_GETFD) < 0 {
      // Opened for reading, so that writes fail. It gets the lowest free descriptor, which is
      // `file`.
      _ = unsafe open("/dev/null", O_RDONLY)
    }
  }
}
