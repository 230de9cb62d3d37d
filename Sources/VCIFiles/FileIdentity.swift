internal import Glibc
public import SystemPackage

/// What tells a file from every other, whatever it is called: its number, and its file system's.
public struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let number: UInt64

  /// Makes the identity of the file to which `path` leads, or `nil` where it leads to none.
  public init?(at path: FilePath) {
    var status = stat()
    guard unsafe path.withPlatformString({ unsafe stat($0, &status) }) == 0 else { return nil }
    self.init(status)
  }

  /// Makes the identity of the regular file that is open as `file`, or `nil` where it is anything else.
  public init?(ofRegular file: FileDescriptor) {
    var status = stat()
    guard unsafe fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
  }
}

extension FilePath {
  /// Whether both paths lead to one file; no where one of them leads to none.
  public func isSameFile(as other: FilePath) -> Bool {
    FileIdentity(at: self).map { $0 == FileIdentity(at: other) } ?? false
  }
}
