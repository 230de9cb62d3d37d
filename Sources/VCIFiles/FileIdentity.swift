internal import Glibc
package import SystemPackage

/// What identifies a file whatever its name: its inode number and its file system.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let number: UInt64

  /// The identity of the file to which `path` leads; `nil` if it leads to none.
  package init?(at path: FilePath) {
    var status = stat()
    guard unsafe path.withPlatformString({ unsafe stat($0, &status) }) == 0 else { return nil }
    self.init(status)
  }

  /// The identity of the regular file that is open as `file`; `nil` if it is anything else.
  package init?(ofRegular file: FileDescriptor) {
    var status = stat()
    guard unsafe fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    self.init(status)
  }

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
  }
}

extension FilePath {
  /// Whether both paths lead to the same file; `false` if one of them leads to none.
  package func isSameFile(as other: FilePath) -> Bool {
    FileIdentity(at: self).map { $0 == FileIdentity(at: other) } ?? false
  }
}
