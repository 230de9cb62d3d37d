internal import Glibc
public import SystemPackage
internal import VCIFormat

extension FileStorage {
  /// Opens the file at `path` for reading, with the lock of an image that is open for reading.
  ///
  /// If the system cannot lock it, it is not locked, and `lockFailure` tells why.
  ///
  /// - Throws: `ImageError.locked` if it is open for writing, `.storage` if it cannot be read.
  public static func shared(at path: FilePath) throws(ImageError) -> FileStorage {
    let file = try asImageError(try FileStorage(reading: path))
    try file.lock(.reading)
    return file
  }

  /// Exchanges the lock for that of an image that is open for `purpose`: exclusive for writing,
  /// shared for reading, none for information.
  ///
  /// The lock is that of flock(2). It belongs to this open file until it is closed, even if the
  /// program opens the same file again; it does not need the file to be open for writing; and
  /// flock(1) sees it. It is advisory: it excludes only programs that ask for it. A stronger lock
  /// is exchanged for a weaker one in one step; if a stronger one is refused, the weaker one is
  /// lost. If the system has no locks for the file, writing is refused, and reading goes on without
  /// a lock.
  ///
  /// - Throws: `ImageError.locked` if another lock excludes it; `.storage` if the file cannot be
  ///   locked for writing for another reason. There is no lock after either.
  func lock(_ purpose: CacheImage.Purpose) throws(ImageError) {
    let operation =
      switch purpose {
      case .writing: LOCK_EX
      case .reading: LOCK_SH
      case .information: LOCK_UN
      }
    lockFailure = nil
    guard isLocking else { return }
    var code: Int32 = 0
    repeat {
      code = flock(descriptor, operation | LOCK_NB) == 0 ? 0 : errno
    } while code == EINTR
    guard code != EWOULDBLOCK else { throw .locked }
    guard code != 0, purpose != .information else { return }
    let failure = StorageError(.lock, Errno(rawValue: code))
    guard purpose != .writing else { throw .storage(failure) }
    lockFailure = failure
  }

  func unlock() { _ = flock(descriptor, LOCK_UN) }
}
