internal import Glibc
internal import SystemPackage
public import VCIFormat

extension FileStorage {
  /// When the file was written or cut last, since the beginning of 1970, as the system keeps it.
  ///
  /// - Throws: `StorageError` where the file fails.
  public func lastChange() throws(StorageError) -> Duration {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw StorageError(.size, Errno(rawValue: errno))
    }
    return .seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec)
  }
}
