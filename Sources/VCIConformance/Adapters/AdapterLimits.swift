package import SystemPackage

/// What an adapter may use ("Limits" in `Specs/Port.md`).
package struct AdapterLimits: Hashable, Sendable {
  /// The time of an operation.
  package var milliseconds = 10_000
  /// The bytes that a process may have in memory.
  package var residentBytes: UInt64 = 1 << 30
  /// The private writable memory of a process (`RLIMIT_DATA`), in bytes.
  package var dataBytes: UInt64 = 4 << 30
  /// The longest line of the session form, in bytes.
  package var lineBytes = 1 << 20
  /// The most bytes of output of an operation of the simple form.
  package var outputBytes = 16 << 20
  /// The largest file that a process may write, in bytes (`RLIMIT_FSIZE`); `nil` if there is no
  /// limit.
  package var fileBytes: UInt64?
  /// Commands of a POSIX shell before the adapter is started.
  package var preparations: [String] = []
  /// Words of a POSIX shell to which the adapter's command is added; `nil` if there are none.
  package var tracer: String?
  /// The most processes of an adapter.
  package var processes = 16
  /// A pipe at whose end all waits for the adapter are over.
  package var stop: FileDescriptor?

  package init() {}
}

extension AdapterLimits {
  /// The commands of a POSIX shell that limit the size of files; none if there is no limit.
  ///
  /// The signal that would end the process is ignored, so that a write fails with EFBIG.
  var ofFile: [String] {
    fileBytes.map { ["trap '' XFSZ", "ulimit -f \(($0 + 511) / 512)"] } ?? []
  }
}
