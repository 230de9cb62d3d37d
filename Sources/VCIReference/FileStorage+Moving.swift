internal import Glibc
public import SystemPackage
public import VCIFormat

extension FileStorage {
  /// Gives the file the name `path`, which may be that of a regular file: it is replaced in one step,
  /// so that whoever opens the name finds the one or the other as a whole.
  ///
  /// - Throws: `StorageError` where something else has the name, and where the folder refuses.
  public func move(to path: FilePath) throws(StorageError) {
    try Self.judgeReplaceable(path)
    let code = unsafe self.path.withPlatformString { old in
      unsafe path.withPlatformString { new in unsafe rename(old, new) == 0 ? 0 : errno }
    }
    guard code == 0 else { throw StorageError(.create, Errno(rawValue: code)) }
  }

  /// Judges that `path` is free, or the name of a regular file.
  ///
  /// - Throws: `StorageError` where it is neither.
  public static func judgeReplaceable(_ path: FilePath) throws(StorageError) {
    var status = stat()
    guard unsafe path.withPlatformString({ unsafe lstat($0, &status) }) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StorageError(.create, code: EEXIST, reason: "what is there is no regular file")
    }
  }

  /// Whether `path` is a name of this file, or a link to it.
  public func isFile(at path: FilePath) -> Bool {
    guard let other = try? FileStorage(reading: path) else { return false }
    return other.isSame(as: self)
  }
}
