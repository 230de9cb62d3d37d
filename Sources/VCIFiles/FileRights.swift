internal import CLinux
internal import Glibc
internal import SystemPackage

/// Owner, permissions and access control list (ACL) of a file.
struct FileRights {
  private let owner: uid_t?
  private let group: gid_t?
  /// The permissions, without those to run as another.
  private let mode: mode_t
  /// The ACL as the system stores it; `nil` if there is none.
  private let list: [UInt8]?

  /// The rights of a new file: all that the process's umask leaves.
  static var ofNewFile: FileRights {
    FileRights(owner: nil, group: nil, mode: 0o666 & ~creationMask, list: nil)
  }

  /// The process's umask. The system tells it only in exchange for another.
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

  /// Gives the file these rights, and at no time more. Owner and group are set if the process may;
  /// if the group cannot be, the file's group gets no more than everybody else.
  ///
  /// - Throws: `Errno` if the file would keep more rights than these.
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

  /// Replaces the ACL, which a file may have from its folder. Returns whether the file has the ACL
  /// of these rights now.
  private func giveList(to file: FileDescriptor) -> Bool {
    guard let list else {
      guard unsafe fremovexattr(file.rawValue, Self.listName) != 0 else { return true }
      return errno == ENODATA || errno == EOPNOTSUPP
    }
    return unsafe fsetxattr(file.rawValue, Self.listName, list, UInt(list.count), 0) == 0
  }

  private func setMode(_ mode: mode_t, of file: FileDescriptor) throws(Errno) {
    guard fchmod(file.rawValue, mode) != 0 else { return }
    // A file system without permissions gives all of its files the same.
    let reason = Errno(rawValue: errno)
    guard try Self.status(of: file).st_mode & 0o777 & ~mode == 0 else { throw reason }
  }

  private static func status(of file: FileDescriptor) throws(Errno) -> stat {
    var status = stat()
    guard unsafe fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    return status
  }
}
