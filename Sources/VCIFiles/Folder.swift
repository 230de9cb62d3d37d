internal import CLinux
internal import Glibc
internal import SystemPackage

/// An open folder: names are looked up in it even if its path comes to name something else.
final class Folder {
  private let file: FileDescriptor

  /// Opens the folder at `path`; the current one if `path` is empty.
  ///
  /// - Throws: `FileFailure` if there is none, or it may not be entered.
  init(at path: FilePath) throws(FileFailure) {
    let path = path.isEmpty ? "." : path
    func opened(_ flags: Int32) -> Int32 {
      unsafe path.withPlatformString { path in
        repeating { unsafe Glibc.open(path, flags | O_DIRECTORY | O_CLOEXEC) }
      }
    }
    var number = opened(O_RDONLY)
    // Files can be made in a folder that cannot be listed.
    if number < 0, errno == EACCES { number = opened(linuxPathOnly) }
    guard number >= 0 else { throw FileFailure(.create, Errno(rawValue: errno)) }
    file = FileDescriptor(rawValue: number)
  }

  deinit { try? file.close() }

  /// The status of what has the name (of a link, not of its target); `nil` if nothing has it.
  ///
  /// - Throws: `Errno` if the system cannot tell.
  func status(of name: FilePath.Component) throws(Errno) -> stat? {
    var status = stat()
    let code = unsafe name.withPlatformString {
      unsafe fstatat(file.rawValue, $0, &status, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno
    }
    if code == ENOENT { return nil }
    guard code == 0 else { throw Errno(rawValue: code) }
    return status
  }

  /// The folder's identity; `nil` if the system does not tell it.
  var identity: FileIdentity? {
    var status = stat()
    guard unsafe fstat(file.rawValue, &status) == 0 else { return nil }
    return FileIdentity(status)
  }

  /// Whether the name is that of the open file.
  func isName(_ name: FilePath.Component, of other: FileDescriptor) -> Bool {
    var status = stat()
    guard unsafe fstat(other.rawValue, &status) == 0, let named = try? self.status(of: name) else {
      return false
    }
    return FileIdentity(named) == FileIdentity(status)
  }

  /// Opens what has the name in the folder, unless it is a link.
  ///
  /// - Throws: `Errno`.
  func open(
    _ name: FilePath.Component, _ flags: Int32, permissions: mode_t = 0
  ) throws(Errno) -> FileDescriptor {
    let number = unsafe name.withPlatformString { name in
      repeating {
        unsafe openat(file.rawValue, name, flags | O_NOFOLLOW | O_CLOEXEC, permissions)
      }
    }
    guard number >= 0 else { throw Errno(rawValue: errno) }
    return FileDescriptor(rawValue: number)
  }

  /// Makes a file without a name, which only its owner may read and write; `nil` if the file system
  /// has no such files, or could not give it a name later.
  func makeUnnamed() -> FileDescriptor? {
    let number = unsafe openat(
      file.rawValue, ".", linuxUnnamedFile | O_DIRECTORY | O_RDWR | O_CLOEXEC, 0o600)
    guard number >= 0 else { return nil }
    var mine = stat()
    var linked = stat()
    guard unsafe fstat(number, &mine) == 0, unsafe stat(Self.link(to: number), &linked) == 0,
      FileIdentity(mine) == FileIdentity(linked)
    else {
      Glibc.close(number)
      return nil
    }
    return FileDescriptor(rawValue: number)
  }

  /// The path at which the system shows an open file of this process.
  private static func link(to number: Int32) -> String { "/proc/self/fd/\(number)" }

  /// Gives a file from `makeUnnamed()` a name that is free.
  ///
  /// - Throws: `Errno`.
  func name(_ unnamed: FileDescriptor, _ name: FilePath.Component) throws(Errno) {
    try Self.check(
      unsafe name.withPlatformString {
        unsafe linkat(
          AT_FDCWD, Self.link(to: unnamed.rawValue), file.rawValue, $0, AT_SYMLINK_FOLLOW)
      })
  }

  /// Renames `old` to `new`, and never replaces anything.
  ///
  /// - Throws: `Errno`, `.fileExists` if something has the name `new`.
  func rename(_ old: FilePath.Component, toFree new: FilePath.Component) throws(Errno) {
    do throws(Errno) {
      try unsafe rename(old, new) {
        unsafe renameat2(file.rawValue, $0, file.rawValue, $1, linuxRenameToFree)
      }
    } catch {
      guard error == .invalidArgument || error == .noFunction else { throw error }
      // The file system cannot do that in one step.
      try unsafe rename(old, new) { unsafe linkat(file.rawValue, $0, file.rawValue, $1, 0) }
      remove(old)
    }
  }

  /// Renames `old` to `new`, and replaces what has that name.
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

  /// Removes a name if it is there.
  func remove(_ name: FilePath.Component) {
    _ = unsafe name.withPlatformString { unsafe unlinkat(file.rawValue, $0, 0) }
  }

  /// Makes the names in the folder durable, if the file system can do that for a folder.
  ///
  /// - Throws: `Errno`.
  func synchronize() throws(Errno) {
    guard repeating({ fsync(file.rawValue) }) != 0 else { return }
    guard errno != EINVAL, errno != EBADF else { return }
    throw Errno(rawValue: errno)
  }

  /// The names in the folder for which `isWanted` returns true; none if it cannot be listed.
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

/// Makes a call of the system, again if a signal has interrupted it. Returns its answer.
func repeating(_ call: () -> Int32) -> Int32 {
  while true {
    let answer = call()
    guard answer < 0, errno == EINTR else { return answer }
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
