internal import Glibc
internal import Synchronization
internal import SystemPackage

/// The drafts that killed processes left, on file systems where each draft needs a name: files
/// called `.vci-`, 32 hexadecimal digits, `.draft`.
package enum LeftDrafts {
  private static let prefix = ".vci-"
  private static let suffix = ".draft"
  private static let digits = 32

  /// Whether a file of this name is a draft.
  package static func isName(_ name: String) -> Bool {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return false }
    let middle = name.utf8.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count)
    return middle.count == digits
      && middle.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// A name that cannot be predicted.
  static func freshName() -> FilePath.Component {
    var random = SystemRandomNumberGenerator()
    let digits = (0..<2).map { _ in
      let digits = String(random.next(), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    guard let name = FilePath.Component(prefix + digits.joined() + suffix) else {
      preconditionFailure("\(digits) make no name")
    }
    return name
  }

  /// The folder that was searched last: most drafts in a row are made in the same one.
  private static let lastFolder = Mutex<FileIdentity?>(nil)

  /// Removes the drafts in the folder whose process has ended, once for all drafts in a row.
  ///
  /// A draft is locked while its process lives (flock), so a draft that can be locked is left over.
  /// Only regular files of this user are considered.
  static func remove(from folder: Folder) {
    let identity = folder.identity
    let isKnown = lastFolder.withLock { last in
      defer { last = identity }
      return last == identity
    }
    guard !isKnown else { return }
    for name in folder.names(where: { isName($0.string) }) { remove(name, from: folder) }
  }

  private static func remove(_ name: FilePath.Component, from folder: Folder) {
    guard let status = try? folder.status(of: name), status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid(), let file = try? folder.open(name, O_RDWR | O_NONBLOCK)
    else { return }
    defer { try? file.close() }
    if flock(file.rawValue, LOCK_EX | LOCK_NB) == 0, folder.isName(name, of: file) {
      folder.remove(name)
    }
  }
}
