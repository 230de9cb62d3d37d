internal import Glibc
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat

/// Where the processes of a campaign and of a minimization work.
enum Workplace {
  /// The folder for temporary files.
  static var parent: FilePath {
    let path = RawArguments.environment("TMPDIR").map { FilePath($0) } ?? ""
    return path.isEmpty ? "/tmp" : path
  }

  /// Validates that files can be made in the folder at `path`, which itself may be made later: no
  /// campaign is to find at its first finding that it has no place for it.
  ///
  /// - Throws: `ToolFailure` where they cannot.
  static func validateWritable(_ path: FilePath) throws {
    var place = path
    while !Self.isWritableFolder(place) {
      let reason = Errno(rawValue: errno)
      let parent = place.removingLastComponent()
      guard reason == .noSuchFileOrDirectory, place != ".", place != parent else {
        throw ToolFailure(
          code: 1, kind: "storage", "cannot store cases in '\(FileName(path))': \(reason)")
      }
      place = parent.isEmpty ? "." : parent
    }
  }

  private static func isWritableFolder(_ path: FilePath) -> Bool {
    unsafe path.appending(".").withPlatformString { unsafe access($0, W_OK | X_OK) == 0 }
  }
}
