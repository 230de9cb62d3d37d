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
