internal import Glibc
public import SystemPackage
internal import VCIFiles
internal import VCIFormat

/// Whole files: read up to a size limit, and written in one step.
public enum StoredFile {
  /// Returns the bytes of the file at `path`.
  ///
  /// - Throws: `CorpusError.file`, and `.tooLarge` if there are more than `limit` bytes.
  public static func read(_ path: FilePath, limit: Int) throws(CorpusError) -> [UInt8] {
    do {
      let file = try FileDescriptor.open(
        path, .readOnly, options: [.closeOnExec, .nonBlocking])
      defer { try? file.close() }
      var status = stat()
      guard unsafe fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
      if let flaw = flaw(of: status) { throw CorpusError.file(path, flaw) }
      let size = try file.seek(offset: 0, from: .end)
      guard size <= Int64(limit) else { throw CorpusError.tooLarge(path, limit: limit) }
      var bytes = [UInt8](repeating: 0, count: Int(size))
      var done = 0
      while done < bytes.count {
        let count = try unsafe bytes.withUnsafeMutableBytes {
          try unsafe file.read(
            fromAbsoluteOffset: Int64(done),
            into: UnsafeMutableRawBufferPointer(rebasing: $0[done...]))
        }
        if count == 0 { throw CorpusError.file(path, "it shrank while it was read") }
        done += count
      }
      return bytes
    } catch let error as CorpusError {
      throw error
    } catch {
      throw .file(path, "\(error)")
    }
  }

  /// Returns why a file with this status is not used, or `nil` for a regular file.
  private static func flaw(of status: stat) -> String? {
    switch status.st_mode & S_IFMT {
    case S_IFREG: nil
    case S_IFDIR: "it is a folder"
    default: "it is no regular file"
    }
  }

  /// Requires that there is nothing at `path`.
  ///
  /// - Throws: `CorpusError.file` if there is something.
  public static func requireFree(_ path: FilePath) throws(CorpusError) {
    var status = stat()
    guard unsafe path.withPlatformString({ unsafe lstat($0, &status) }) != 0 else {
      throw .file(path, "\(Errno.fileExists)")
    }
  }

  /// Creates or replaces the file at `path` with `bytes`, as a whole or not at all.
  ///
  /// - Throws: `CorpusError.unwritten`, also if there is something other than a regular file, which
  ///   stays as it is.
  public static func write(_ bytes: [UInt8], to path: FilePath) throws(CorpusError) {
    do throws(FileFailure) {
      let draft = try Draft(replacing: path)
      try unsafe draft.write(bytes.span.bytes, at: 0)
      try draft.finish()
    } catch {
      throw .unwritten(path, error)
    }
  }

  /// Removes the file at `path`, if there is one.
  public static func remove(_ path: FilePath) {
    _ = unsafe path.withPlatformString { unsafe unlink($0) }
  }

  /// Creates the folder at `path` and those above it, if they do not exist.
  ///
  /// - Throws: `CorpusError.file`.
  public static func makeFolder(_ path: FilePath) throws(CorpusError) {
    let status = unsafe path.withPlatformString { unsafe mkdir($0, 0o755) }
    if status == 0 || errno == EEXIST { return }
    let reason = Errno(rawValue: errno)
    let parent = path.removingLastComponent()
    guard reason == .noSuchFileOrDirectory, !parent.isEmpty, parent != path else {
      throw .file(path, "\(reason)")
    }
    try makeFolder(parent)
    let again = unsafe path.withPlatformString { unsafe mkdir($0, 0o755) }
    guard again == 0 || errno == EEXIST else { throw .file(path, "\(Errno(rawValue: errno))") }
  }

  /// Returns the paths of the files in the folder at `path` and its subfolders, sorted, without
  /// files that file managers and editors leave there.
  ///
  /// - Throws: `CorpusError.file`.
  public static func ownFiles(in path: FilePath) throws(CorpusError) -> [FilePath] {
    try files(in: path).filter { !Dropping.isDropping($0, in: path) }
  }

  /// Returns the paths of all files in the folder at `path` and its subfolders, sorted.
  ///
  /// - Throws: `CorpusError.file`.
  public static func files(in path: FilePath) throws(CorpusError) -> [FilePath] {
    guard let folder = unsafe path.withPlatformString({ unsafe opendir($0) }) else {
      throw .file(path, "\(Errno(rawValue: errno))")
    }
    defer { unsafe closedir(folder) }
    var found: [FilePath] = []
    while let entry = unsafe readdir(folder) {
      // A name is bytes, and need not be UTF-8.
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe FilePath.Component(platformString: $0)
        }
      }
      guard let name, name.kind == .regular else { continue }
      let inner = path.appending(name)
      found += isFolder(inner) ? try files(in: inner) : [inner]
    }
    return found.sorted { FileName($0).bytes.lexicographicallyPrecedes(FileName($1).bytes) }
  }

  /// Returns whether there is a folder at `path`, which is not a link to one.
  private static func isFolder(_ path: FilePath) -> Bool {
    var status = stat()
    return unsafe path.withPlatformString { unsafe lstat($0, &status) } == 0
      && status.st_mode & S_IFMT == S_IFDIR
  }
}
