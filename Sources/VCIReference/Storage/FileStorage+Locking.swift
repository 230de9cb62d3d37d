internal import Glibc
public import SystemPackage
internal import VCIFormat

extension FileStorage {
  /// Opens the file at `path` for reading, locked as an image that is open for reading is.
  ///
  /// Where the system cannot lock it, it is not locked, and `lockFailure` says why.
  ///
  /// - Throws: `ImageError.locked` where it is open for writing, `.storage` where there is no file that
  ///   can be read.
  public static func shared(at path: FilePath) throws(ImageError) -> FileStorage {
    let file = try asked { () throws(StorageError) in try FileStorage(reading: path) }
    try file.lock(.reading)
    return file
  }

  /// Exchanges the lock for that of an image that is open for `purpose`: for writing one against all
  /// others, for reading one against those who write, for information none.
  ///
  /// It is the lock of flock(2), which belongs to this open file until it is closed, however often the
  /// program opens the same file beside it, needs no file that is open to be written, and is seen by
  /// flock(1). It is advisory: it keeps out only those who ask for it. A weaker lock is had for a
  /// stronger one in one step; where a stronger one cannot be had the weaker is lost. Where the system has
  /// no locks for the file, nobody may write; whoever reads goes on without one.
  ///
  /// - Throws: `ImageError.locked` where another has a lock that excludes it, `.storage` where none can be
  ///   had for writing for another reason; no lock is had then.
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

  /// Gives the lock back.
  func unlock() { _ = flock(descriptor, LOCK_UN) }
}
