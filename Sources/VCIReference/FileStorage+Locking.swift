internal import Glibc
public import SystemPackage
internal import VCIFormat

extension FileStorage {
  /// Opens the file at `path` for reading, locked as an image that is open for reading is.
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
  /// stronger one in one step; where a stronger one cannot be had the weaker is lost. A file system that
  /// knows of no locks lets everybody in.
  ///
  /// - Throws: `ImageError.locked` where another has a lock that excludes it; no lock is had then.
  func lock(_ purpose: CacheImage.Purpose) throws(ImageError) {
    let operation =
      switch purpose {
      case .writing: LOCK_EX
      case .reading: LOCK_SH
      case .information: LOCK_UN
      }
    guard flock(descriptor, operation | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      throw .locked
    }
  }

  /// Gives the lock back.
  func unlock() { _ = flock(descriptor, LOCK_UN) }
}
