internal import Glibc
public import SystemPackage
public import VCIFormat

extension FileStorage {
  /// Whether `path` is a name of this file, or a link to it.
  public func isFile(at path: FilePath) -> Bool {
    guard let other = try? FileStorage(reading: path) else { return false }
    return other.isSame(as: self)
  }

  /// Whether both are open on the same file.
  func isSame(as other: FileStorage) -> Bool {
    guard let mine = try? status(for: .open), let others = try? other.status(for: .open)
    else { return false }
    return mine.st_ino == others.st_ino && mine.st_dev == others.st_dev
  }

  /// The time of the last write or change of size, since the beginning of 1970.
  ///
  /// - Throws: `StorageError` if the file fails.
  public func lastChange() throws(StorageError) -> Duration {
    let status = try status(for: .size)
    return .seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec)
  }

  /// What the system tells of the open file; an error is one of `operation`.
  func status(for operation: StorageError.Operation) throws(StorageError) -> stat {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw StorageError(operation, Errno(rawValue: errno))
    }
    return status
  }
}
