internal import Glibc
public import SystemPackage
public import VCIFormat

extension FileStorage {
  /// Opens the file at `path` for reading, and locks it for as long as it is open as an image that is
  /// read is: beside others that read, against those who write.
  ///
  /// - Throws: `StorageError` as `init(reading:)` does, and where the file is open for writing.
  public convenience init(sharing path: FilePath) throws(StorageError) {
    try self.init(reading: path)
    do throws(ImageError) {
      try lock(.reading)
    } catch {
      throw StorageError(.open, code: EWOULDBLOCK, reason: "\(error)")
    }
  }

  /// Locks the file as an image that is open for `purpose` is: for writing against all others, for
  /// reading against those who write, for information not at all.
  ///
  /// It is the lock of flock(2): advisory, of the whole file, kept by this open file until it is closed,
  /// whatever else the program opens.
  ///
  /// - Throws: `ImageError.locked` where another has it.
  func lock(_ purpose: CacheImage.Purpose) throws(ImageError) {
    guard purpose != .information else { return }
    guard isLocked(purpose == .writing ? LOCK_EX : LOCK_SH) else { throw .locked }
  }

  /// Gives the lock back.
  func unlock() { _ = isLocked(LOCK_UN) }

  /// Changes the lock without waiting; answers whether it could, or the file system knows of no locks.
  private func isLocked(_ operation: Int32) -> Bool {
    flock(descriptor, operation | LOCK_NB) == 0 || errno != EWOULDBLOCK
  }
}
