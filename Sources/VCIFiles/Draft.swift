internal import Glibc
public import SystemPackage

/// The content of a file that is being written, and takes the file's name once all of it is durable.
///
/// Until then the name keeps what it had, and no other file is touched: a draft has no name at all where
/// the file system can do without, and otherwise one in the same folder that nobody can plan for, under
/// which nothing was before. Its owner alone can read it. A draft that is not finished is removed with
/// its object; one that was left by a process that was killed, by the next draft in the folder.
///
/// What is replaced hands on its permissions, the list of further ones (ACL), and owner and group where
/// the process may set them; those to run as another are dropped, and so are other attributes. Other
/// names of the replaced file (hard links) keep the old content. Only the name of a regular file is
/// replaced: a link, a device or a pipe is left alone.
public final class Draft {
  /// What is to become of a file that has the name already.
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
  /// - Throws: `FileFailure` where something is there, whatever it is, and where the folder takes no
  ///   file.
  public convenience init(creating path: FilePath) throws(FileFailure) {
    try self.init(path, .creating)
  }

  /// Makes the draft of what the file at `path` is to hold, whether there is one or not.
  ///
  /// - Throws: `FileFailure` where something else than a regular file is there, and where the folder
  ///   takes no file.
  public convenience init(replacing path: FilePath) throws(FileFailure) {
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

  /// Makes the draft this many bytes long; what is added is a hole.
  ///
  /// - Throws: `FileFailure`.
  public func resize(to byteCount: UInt64) throws(FileFailure) {
    guard let count = Int64(exactly: byteCount) else {
      throw FileFailure(.resize, at: byteCount, .fileTooLarge)
    }
    do {
      try file.resize(to: count)
    } catch {
      throw FileFailure(.resize, at: byteCount, (error as? Errno) ?? .ioError)
    }
  }

  /// Writes `bytes` from `offset` on.
  ///
  /// - Throws: `FileFailure`; some of the bytes may be written then.
  public func write(_ bytes: RawSpan, at offset: UInt64) throws(FileFailure) {
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

  /// Gives the draft the file's name, once all of it is durable; it can't be used from then on.
  ///
  /// - Throws: `FileFailure`; the name has what it had then, unless only its durability is in doubt,
  ///   which a failure of `flush` after the name was taken says.
  public func finish() throws(FileFailure) {
    let replaced = try Self.replaced(name, in: folder, manner)
    let rights = replaced.map { FileRights(of: $0, at: path) } ?? .ofNewFile
    try asked(.create) { () throws(Errno) in try rights.give(to: file) }
    try asked(.flush) { () throws(Errno) in
      while fsync(file.rawValue) != 0 {
        guard errno == EINTR else { throw Errno(rawValue: errno) }
      }
    }
    try asked(.create) { () throws(Errno) in try takeName() }
    try asked(.flush) { () throws(Errno) in try folder.synchronize() }
  }

  private func takeName() throws(Errno) {
    switch (manner, ownName) {
    case (.creating, nil): try folder.name(file, name)
    case (.creating, let own?): try folder.rename(own, toFree: name)
    case (.replacing, nil):
      // Only what has a name can replace another in one step. It is locked until it has the other.
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
  public func discard() {
    guard let own = ownName else { return }
    ownName = nil
    if folder.isName(own, of: file) { folder.remove(own) }
  }

  /// The status of the file that is to be replaced; `nil` where there is none.
  ///
  /// - Throws: `FileFailure` where something has the name that is not to be replaced.
  private static func replaced(
    _ name: FilePath.Component, in folder: Folder, _ manner: Manner
  ) throws(FileFailure) -> stat? {
    let found = try asked(.create) { () throws(Errno) in try folder.status(of: name) }
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
    try asked(.create) { () throws(Errno) in
      for _ in 0..<16 {
        let name = LeftDrafts.freshName()
        let file = try folder.open(name, O_RDWR | O_CREAT | O_EXCL, permissions: 0o600)
        // Who removes what is left may have come between; it is theirs then.
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

  private func asked<Value>(
    _ operation: FileFailure.Operation, _ call: () throws(Errno) -> Value
  ) throws(FileFailure) -> Value {
    try Self.asked(operation, call)
  }

  private static func asked<Value>(
    _ operation: FileFailure.Operation, _ call: () throws(Errno) -> Value
  ) throws(FileFailure) -> Value {
    do throws(Errno) {
      return try call()
    } catch {
      throw FileFailure(operation, error)
    }
  }
}
