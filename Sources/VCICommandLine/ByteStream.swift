internal import Glibc
public import SystemPackage

/// A file that is written sequentially: standard output, a pipe or a device.
public struct ByteStream: Sendable {
  private let file: FileDescriptor

  /// Opens the stream at `path`. The result is `nil` if `path` names neither standard output (`-`
  /// or one of the system's names for it) nor a pipe or character device, such as a terminal.
  ///
  /// - Throws: `Errno` if the stream cannot be opened.
  public init?(at path: FilePath) throws(Errno) {
    if Self.isStandardOutput(path) {
      file = .standardOutput
      return
    }
    var status = stat()
    guard unsafe path.withPlatformString({ unsafe stat($0, &status) }) == 0,
      [S_IFIFO, S_IFCHR].contains(status.st_mode & S_IFMT)
    else { return nil }
    do {
      file = try FileDescriptor.open(path, .writeOnly, options: .closeOnExec)
    } catch {
      throw (error as? Errno) ?? .ioError
    }
  }

  /// Returns whether `path` names standard output.
  public static func isStandardOutput(_ path: FilePath) -> Bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(path)
  }

  /// Appends `bytes` to the stream.
  ///
  /// - Throws: `Errno`, which is `.brokenPipe` if the reader is gone.
  public func write(_ bytes: RawSpan) throws(Errno) {
    let file = file
    do {
      _ = try unsafe bytes.withUnsafeBytes { try unsafe file.writeAll($0) }
    } catch {
      throw (error as? Errno) ?? .ioError
    }
  }
}
