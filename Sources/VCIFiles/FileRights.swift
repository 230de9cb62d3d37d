internal import CLinux
internal import Glibc
internal import SystemPackage

/// Who may do what with a file.
struct FileRights {
  private let owner: uid_t?
  private let group: gid_t?
  /// The permissions, without those to run as another.
  private let mode: mode_t
  /// The list of further rights, as the system stores it; `nil` where there is none.
  private let list: [UInt8]?

  /// The rights of a file that is made now: what the process leaves to everybody.
  static var ofNewFile: FileRights {
    FileRights(owner: nil, group: nil, mode: 0o666 & ~creationMask, list: nil)
  }

  /// What the process takes away from files that it makes. There is no way to ask for it alone.
  private static let creationMask: mode_t = {
    let mask = umask(0o777)
    _ = umask(mask)
    return mask
  }()

  private init(owner: uid_t?, group: gid_t?, mode: mode_t, list: [UInt8]?) {
    self.owner = owner
    self.group = group
    self.mode = mode
    self.list = list
  }

  /// The rights of the file at `path` that has this status.
  init(of status: stat, at path: FilePath) {
    self.init(
      owner: status.st_uid, group: status.st_gid, mode: status.st_mode & 0o777,
      list: Self.list(of: path))
  }

  private static let listName = "system.posix_acl_access"

  private static func list(of path: FilePath) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe path.withPlatformString { path in
      unsafe lgetxattr(path, listName, &bytes, UInt(bytes.count))
    }
    return count > 0 ? Array(bytes.prefix(count)) : nil
  }

  /// Gives the file these rights, which it never passes on the way: owner and group where the process
  /// may, and where it may not keep the group, nothing for the group that others don't have.
  ///
  /// - Throws: `Errno` where more rights would be left than these.
  func give(to file: FileDescriptor) throws(Errno) {
    guard let owner, let group else { return try setMode(mode, of: file) }
    if fchown(file.rawValue, owner, group) != 0 { _ = fchown(file.rawValue, uid_t.max, group) }
    let mine = try Self.status(of: file)
    var mode = mode
    if mine.st_gid != group || !giveList(to: file) {
      mode &= ~0o070 | (mode & 0o007) << 3
    }
    try setMode(mode, of: file)
  }

  /// Replaces the list of further rights, which a file may have from its folder; answers whether it is
  /// that of these rights now.
  private func giveList(to file: FileDescriptor) -> Bool {
    guard let list else {
      guard unsafe fremovexattr(file.rawValue, Self.listName) != 0 else { return true }
      return errno == ENODATA || errno == EOPNOTSUPP
    }
    return unsafe fsetxattr(file.rawValue, Self.listName, list, UInt(list.count), 0) == 0
  }

  private func setMode(_ mode: mode_t, of file: FileDescriptor) throws(Errno) {
    guard fchmod(file.rawValue, mode) != 0 else { return }
    // A file system without permissions has the same for all of its files.
    let reason = Errno(rawValue: errno)
    guard try Self.status(of: file).st_mode & 0o777 & ~mode == 0 else { throw reason }
  }

  private static func status(of file: FileDescriptor) throws(Errno) -> stat {
    var status = stat()
    guard unsafe fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    return status
  }
}
