internal import Glibc
public import SystemPackage

/// A file that bytes go to one behind the other: standard output, a pipe, a device.
public struct ByteStream: Sendable {
  private let file: FileDescriptor

  /// The stream that `path` asks for, if it does: `-`, the names that the system has for standard
  /// output, and what is there and keeps no bytes at places, such as a pipe or a terminal.
  ///
  /// - Throws: `Errno` where it cannot be opened.
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

  /// Whether `path` asks for standard output.
  public static func isStandardOutput(_ path: FilePath) -> Bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(path)
  }

  /// Writes `bytes` behind what was written before.
  ///
  /// - Throws: `Errno`; `.brokenPipe` if the reader is gone.
  public func write(_ bytes: RawSpan) throws(Errno) {
    let file = file
    do {
      _ = try unsafe bytes.withUnsafeBytes { try unsafe file.writeAll($0) }
    } catch {
      throw (error as? Errno) ?? .ioError
    }
  }
}
