public import SystemPackage
internal import VCIFormat

extension FileStorage {
  /// Whether `path` is a name of this file, or a link to it.
  public func isFile(at path: FilePath) -> Bool {
    guard let other = try? FileStorage(reading: path) else { return false }
    return other.isSame(as: self)
  }
}
