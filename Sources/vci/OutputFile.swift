internal import Glibc
internal import SystemPackage
internal import VCICommandLine
internal import VCIFormat
internal import VCIReference

/// A file that takes its name once all of it is written: what has the name stays whole until then.
struct OutputFile {
  private let file: FileStorage
  private let path: FilePath

  /// Makes the file under another name, in the folder of `path`.
  ///
  /// - Throws: `StorageError` where `path` cannot become its name, or the folder takes no file.
  init(at path: FilePath) throws(StorageError) {
    try FileStorage.judgeReplaceable(path)
    self.path = path
    file = try Self.create(besides: path)
  }

  private static func create(besides path: FilePath) throws(StorageError) -> FileStorage {
    let folder = path.removingLastComponent()
    var attempt = 0
    while true {
      do throws(StorageError) {
        return try FileStorage(creating: folder.appending(".vci-\(getpid())-\(attempt).part"))
      } catch {
        attempt += 1
        guard error.code == EEXIST, attempt < 100 else { throw error }
      }
    }
  }

  /// Makes the file as long as `blocks` blocks; answers whether a file can be.
  func resize(to blocks: BlockCount) throws(StorageError) -> Bool {
    do throws(StorageError) {
      try file.resize(to: blocks.bytes)
      return true
    } catch {
      guard error.code == EFBIG || error.code == EINVAL else { throw error }
      return false
    }
  }

  /// Puts `bytes` behind the first `blocks` blocks.
  func write(_ bytes: RawSpan, behind blocks: BlockCount) throws(StorageError) {
    try file.write(bytes, at: blocks.bytes)
  }

  /// Gives the file its name, once it is durable.
  func finish() throws(StorageError) {
    try file.synchronize()
    try file.move(to: path)
    try file.close()
  }

  /// Removes the file, which has not got its name.
  func discard() { try? file.remove() }
}
