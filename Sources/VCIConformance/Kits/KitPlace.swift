internal import Glibc
internal import SystemPackage

/// What stands at the path of the image before the first request of a kit.
enum KitPlace {
  case nothing
  /// A file, which is `image.vci`.
  case file
  case folder
  case pipe
  /// A symbolic link to `image.vci`.
  case link
  case linkToNothing
  /// Nothing, and the folder does not exist either.
  case withoutFolder

  /// Looks at a path.
  init(at path: FilePath) {
    guard let mode = Self.mode(path, follows: false) else {
      self =
        Self.mode(path.removingLastComponent(), follows: true) == nil ? .withoutFolder : .nothing
      return
    }
    switch mode {
    case S_IFDIR: self = .folder
    case S_IFIFO: self = .pipe
    case S_IFLNK: self = Self.mode(path, follows: true) == S_IFREG ? .link : .linkToNothing
    default: self = .file
    }
  }

  private static func mode(_ path: FilePath, follows: Bool) -> mode_t? {
    var status = stat()
    let result = unsafe path.withPlatformString {
      unsafe follows ? stat($0, &status) : lstat($0, &status)
    }
    return result == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Whether `image.vci` is a copy of what stands there.
  var hasImage: Bool { self == .file || self == .link }

  /// The commands of a POSIX shell that make it of `$IMG`, which is `image.vci` if there is one.
  var commands: String {
    switch self {
    case .nothing, .file: ""
    case .folder: "mkdir \"$IMG\" || exit 2\n"
    case .pipe: "mkfifo \"$IMG\" || exit 2\n"
    case .link: "mv \"$IMG\" \"$work/target\" && ln -s \"$work/target\" \"$IMG\" || exit 2\n"
    case .linkToNothing: "ln -s \"$work/target\" \"$IMG\" || exit 2\n"
    case .withoutFolder: "IMG=$work/missing/image\n"
    }
  }

  /// It in words.
  var words: String {
    switch self {
    case .nothing: "There is nothing at IMG before the first request."
    case .file: "image.vci is IMG before the first request."
    case .folder: "IMG is a folder."
    case .pipe: "IMG is a named pipe to which nobody writes."
    case .link: "IMG is a symbolic link to a file, which is image.vci."
    case .linkToNothing: "IMG is a symbolic link to a name at which there is nothing."
    case .withoutFolder: "The folder in which IMG would be does not exist."
    }
  }
}
