internal import Glibc
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat

/// The folders that a campaign writes to.
enum Workplace {
  /// The folder for temporary files: that of the variable `TMPDIR`, if it is set and not empty.
  static var parent: FilePath {
    let path = RawArguments.environment("TMPDIR").map { FilePath($0) } ?? ""
    return path.isEmpty ? "/tmp" : path
  }

  /// Validates that files can be made in the folder at `path`, which need not exist yet. Without
  /// this, a campaign would notice only at its first finding that it cannot store cases.
  ///
  /// - Throws: `ToolFailure` if files cannot be made there.
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
