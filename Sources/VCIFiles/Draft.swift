internal import Glibc
package import SystemPackage

/// The content of a file that is being written; it takes the file's name once all of it is durable.
///
/// Until then the name keeps what it had, and no other file is touched. If the file system allows,
/// a draft has no name at all, otherwise a fresh one in the same folder that cannot be predicted.
/// Only its owner can read it. A draft that is not finished is removed with its object; the draft
/// of a killed process is removed by the next draft in the folder.
///
/// A file that replaces another takes over its permissions and ACL, and its owner and group if the
/// process may set them; set-user-ID, set-group-ID and other attributes are dropped. Other names of
/// the replaced file (hard links) keep the old content. Only a regular file is replaced: a link, a
/// device or a pipe is left alone.
package final class Draft {
  /// Whether a file that has the name already is replaced.
  private enum Manner {
    case creating
    case replacing
  }

  private let manner: Manner
  private let path: FilePath
  private let name: FilePath.Component
  private let folder: Folder
  private let file: FileDescriptor
  /// The draft's own name; `nil` while it has none.
  private var ownName: FilePath.Component?

  /// Makes the draft of a new file at `path`.
  ///
  /// - Throws: `FileFailure` if the name is in use, or if the folder takes no file.
  package convenience init(creating path: FilePath) throws(FileFailure) {
    try self.init(path, .creating)
  }

  /// Makes the draft of the file at `path`, which is replaced if there is one.
  ///
  /// - Throws: `FileFailure` if something other than a regular file is there, or if the folder
  ///   takes no file.
  package convenience init(replacing path: FilePath) throws(FileFailure) {
    try self.init(path, .replacing)
  }

  private init(_ path: FilePath, _ manner: Manner) throws(FileFailure) {
    guard let name = path.lastComponent, name.kind == .regular else {
      throw FileFailure(.create, path.isEmpty ? .noSuchFileOrDirectory : .isDirectory)
    }
    let folder = try Folder(at: path.removingLastComponent())
    _ = try Self.replaced(name, in: folder, manner)
    LeftDrafts.remove(from: folder)
    if let unnamed = folder.makeUnnamed() {
      (file, ownName) = (unnamed, nil)
    } else {
      (file, ownName) = try Self.makeNamed(in: folder)
    }
    self.manner = manner
    self.path = path
    self.name = name
    self.folder = folder
  }

  deinit {
    discard()
    try? file.close()
  }

  /// Makes the draft `byteCount` bytes long; what is added is a hole.
  ///
  /// - Throws: `FileFailure`.
  package func resize(to byteCount: UInt64) throws(FileFailure) {
    guard let count = Int64(exactly: byteCount) else {
      throw FileFailure(.resize, at: byteCount, .fileTooLarge)
    }
    do {
      try file.resize(to: count)
    } catch {
      throw FileFailure(.resize, at: byteCount, (error as? Errno) ?? .ioError)
    }
  }

  /// Writes `bytes` at `offset`.
  ///
  /// - Throws: `FileFailure`; some of the bytes may have been written.
  package func write(_ bytes: RawSpan, at offset: UInt64) throws(FileFailure) {
    guard offset <= UInt64(Int64.max) - UInt64(bytes.byteCount) else {
      throw FileFailure(.write, at: offset, .fileTooLarge)
    }
    let file = file
    do {
      _ = try unsafe bytes.withUnsafeBytes { source in
        try unsafe file.writeAll(toAbsoluteOffset: Int64(offset), source)
      }
    } catch {
      throw FileFailure(.write, at: offset, (error as? Errno) ?? .ioError)
    }
  }

  /// Makes the draft durable and gives it the file's name; it cannot be used after that.
  ///
  /// - Throws: `FileFailure`. The name then keeps what it had, unless the failure is a `flush`
  ///   after another file was replaced: then only the name's durability is in doubt.
  package func finish() throws(FileFailure) {
    let replaced = try Self.replaced(name, in: folder, manner)
    let rights = replaced.map { FileRights(of: $0, at: path) } ?? .ofNewFile
    try asFileFailure(.create) { () throws(Errno) in try rights.give(to: file) }
    try asFileFailure(.flush) { () throws(Errno) in
      guard repeating({ fsync(file.rawValue) }) == 0 else { throw Errno(rawValue: errno) }
    }
    try asFileFailure(.create) { () throws(Errno) in try takeName() }
    do throws(Errno) {
      try folder.synchronize()
    } catch {
      // Whoever is told that a new file could not be made finds none.
      if manner == .creating, folder.isName(name, of: file) { folder.remove(name) }
      throw FileFailure(.flush, error)
    }
  }

  private func takeName() throws(Errno) {
    switch (manner, ownName) {
    case (.creating, nil): try folder.name(file, name)
    case (.creating, let own?): try folder.rename(own, toFree: name)
    case (.replacing, nil):
      // Only a file with a name can replace another in one step. It is locked until then.
      _ = flock(file.rawValue, LOCK_EX | LOCK_NB)
      let own = LeftDrafts.freshName()
      try folder.name(file, own)
      ownName = own
      try folder.rename(own, over: name)
    case (.replacing, let own?): try folder.rename(own, over: name)
    }
    ownName = nil
  }

  /// Removes the draft, unless it has the file's name.
  package func discard() {
    guard let own = ownName else { return }
    ownName = nil
    if folder.isName(own, of: file) { folder.remove(own) }
  }

  /// The status of the file that is to be replaced; `nil` if there is none.
  ///
  /// - Throws: `FileFailure` if what has the name must not be replaced.
  private static func replaced(
    _ name: FilePath.Component, in folder: Folder, _ manner: Manner
  ) throws(FileFailure) -> stat? {
    let found = try asFileFailure(.create) { () throws(Errno) in try folder.status(of: name) }
    guard let found else { return nil }
    guard manner == .replacing else { throw FileFailure(.create, .fileExists) }
    switch found.st_mode & S_IFMT {
    case S_IFREG: return found
    case S_IFDIR:
      throw FileFailure(.create, .isDirectory, reason: "it is a folder, and is left alone")
    default:
      throw FileFailure(
        .create, .fileExists, reason: "what is there is no regular file, and is left alone")
    }
  }

  private static func makeNamed(
    in folder: Folder
  ) throws(FileFailure) -> (FileDescriptor, FilePath.Component) {
    try asFileFailure(.create) { () throws(Errno) in
      for _ in 0..<16 {
        let name = LeftDrafts.freshName()
        let file = try folder.open(name, O_RDWR | O_CREAT | O_EXCL, permissions: 0o600)
        // Another process may have removed it as a left draft in between.
        if flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK,
          folder.isName(name, of: file)
        {
          return (file, name)
        }
        try? file.close()
      }
      throw Errno.resourceBusy
    }
  }

}

/// Runs a system call; its error becomes a failure of `operation`.
private func asFileFailure<Value>(
  _ operation: FileFailure.Operation, _ call: () throws(Errno) -> Value
) throws(FileFailure) -> Value {
  do throws(Errno) {
    return try call()
  } catch {
    throw FileFailure(operation, error)
  }
}
