internal import CLinux
internal import Glibc
internal import SystemPackage

/// A folder that is open: names are looked up in it, whatever becomes of its path.
final class Folder {
  /// What the system knows a file by.
  struct Identity: Hashable {
    let device: UInt64
    let number: UInt64

    init(_ status: stat) {
      device = UInt64(status.st_dev)
      number = UInt64(status.st_ino)
    }
  }

  private let file: FileDescriptor

  /// Opens the folder at `path`; the current one where that is empty.
  ///
  /// - Throws: `FileFailure` where there is none, or it may not be entered.
  init(at path: FilePath) throws(FileFailure) {
    let path = path.isEmpty ? "." : path
    func opened(_ flags: Int32) -> Int32 {
      unsafe path.withPlatformString { unsafe Glibc.open($0, flags | O_DIRECTORY | O_CLOEXEC) }
    }
    var number = opened(O_RDONLY)
    // Files can be made in a folder that cannot be listed.
    if number < 0, errno == EACCES { number = opened(linuxPathOnly) }
    guard number >= 0 else { throw FileFailure(.create, Errno(rawValue: errno)) }
    file = FileDescriptor(rawValue: number)
  }

  deinit { try? file.close() }

  /// The status of what has the name, of a link itself; `nil` where nothing has it.
  ///
  /// - Throws: `Errno` where that cannot be told.
  func status(of name: FilePath.Component) throws(Errno) -> stat? {
    var status = stat()
    let code = unsafe name.withPlatformString {
      unsafe fstatat(file.rawValue, $0, &status, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno
    }
    if code == ENOENT { return nil }
    guard code == 0 else { throw Errno(rawValue: code) }
    return status
  }

  /// What the system knows the folder by; `nil` where it doesn't tell.
  var identity: Identity? {
    var status = stat()
    guard unsafe fstat(file.rawValue, &status) == 0 else { return nil }
    return Identity(status)
  }

  /// Whether the name is that of the open file.
  func isName(_ name: FilePath.Component, of other: FileDescriptor) -> Bool {
    var status = stat()
    guard unsafe fstat(other.rawValue, &status) == 0, let named = try? self.status(of: name) else {
      return false
    }
    return Identity(named) == Identity(status)
  }

  /// Opens what has the name in the folder, for as long as no link is to be followed.
  ///
  /// - Throws: `Errno`.
  func open(
    _ name: FilePath.Component, _ flags: Int32, permissions: mode_t = 0
  ) throws(Errno) -> FileDescriptor {
    let number = unsafe name.withPlatformString {
      unsafe openat(file.rawValue, $0, flags | O_NOFOLLOW | O_CLOEXEC, permissions)
    }
    guard number >= 0 else { throw Errno(rawValue: errno) }
    return FileDescriptor(rawValue: number)
  }

  /// Makes a file without a name, to be read and written by its owner alone; `nil` where the file
  /// system knows of none, or no name could be given to it later.
  func makeUnnamed() -> FileDescriptor? {
    let number = unsafe openat(
      file.rawValue, ".", linuxUnnamedFile | O_DIRECTORY | O_RDWR | O_CLOEXEC, 0o600)
    guard number >= 0 else { return nil }
    var mine = stat()
    var linked = stat()
    guard unsafe fstat(number, &mine) == 0, unsafe stat(Self.link(to: number), &linked) == 0,
      Identity(mine) == Identity(linked)
    else {
      Glibc.close(number)
      return nil
    }
    return FileDescriptor(rawValue: number)
  }

  /// Where the system shows an open file of this process.
  private static func link(to number: Int32) -> String { "/proc/self/fd/\(number)" }

  /// Gives a file that `makeUnnamed()` made a name that is free.
  ///
  /// - Throws: `Errno`.
  func name(_ unnamed: FileDescriptor, _ name: FilePath.Component) throws(Errno) {
    try Self.check(
      unsafe name.withPlatformString {
        unsafe linkat(
          AT_FDCWD, Self.link(to: unnamed.rawValue), file.rawValue, $0, AT_SYMLINK_FOLLOW)
      })
  }

  /// Gives what is called `old` the name `new`, and leaves alone what has that name.
  ///
  /// - Throws: `Errno`, `.fileExists` where something has it.
  func rename(_ old: FilePath.Component, toFree new: FilePath.Component) throws(Errno) {
    do throws(Errno) {
      try unsafe rename(old, new) {
        unsafe renameat2(file.rawValue, $0, file.rawValue, $1, linuxRenameToFree)
      }
    } catch {
      guard error == .invalidArgument || error == .noFunction else { throw error }
      // A file system that cannot do that in one step.
      try unsafe rename(old, new) { unsafe linkat(file.rawValue, $0, file.rawValue, $1, 0) }
      remove(old)
    }
  }

  /// Gives what is called `old` the name `new`, in the place of what has it.
  ///
  /// - Throws: `Errno`.
  func rename(_ old: FilePath.Component, over new: FilePath.Component) throws(Errno) {
    try unsafe rename(old, new) { unsafe renameat(file.rawValue, $0, file.rawValue, $1) }
  }

  private func rename(
    _ old: FilePath.Component, _ new: FilePath.Component,
    by call: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Int32
  ) throws(Errno) {
    try unsafe Self.check(
      old.withPlatformString { old in
        unsafe new.withPlatformString { new in unsafe call(old, new) }
      })
  }

  /// Removes a name, if it is there.
  func remove(_ name: FilePath.Component) {
    _ = unsafe name.withPlatformString { unsafe unlinkat(file.rawValue, $0, 0) }
  }

  /// Makes the names in the folder durable, where the file system can do that for a folder.
  ///
  /// - Throws: `Errno`.
  func synchronize() throws(Errno) {
    guard fsync(file.rawValue) != 0 else { return }
    guard errno != EINVAL, errno != EBADF else { return }
    throw Errno(rawValue: errno)
  }

  /// The names in the folder that `isWanted` takes; none where it cannot be listed.
  func names(where isWanted: (FilePath.Component) -> Bool) -> [FilePath.Component] {
    let number = unsafe openat(file.rawValue, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0, let listing = unsafe fdopendir(number) else { return [] }
    defer { unsafe closedir(listing) }
    var names: [FilePath.Component] = []
    while let entry = unsafe readdir(listing) {
      guard let name = unsafe entryName(entry), isWanted(name) else { continue }
      names.append(name)
    }
    return names
  }

  private static func check(_ status: Int32) throws(Errno) {
    guard status == 0 else { throw Errno(rawValue: errno) }
  }
}

/// The name of an entry of a folder; `nil` for the folder itself and the one above it.
private func entryName(_ entry: UnsafeMutablePointer<dirent>) -> FilePath.Component? {
  let component = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
    unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) {
      unsafe FilePath.Component(platformString: $0)
    }
  }
  return component?.kind == .regular ? component : nil
}
