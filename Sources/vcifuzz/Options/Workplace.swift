internal import Glibc
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat

/// Where the processes of a campaign and of a minimization work.
enum Workplace {
  /// This program.
  static let tool: FilePath = "/proc/self/exe"

  /// The folder for temporary files.
  static var parent: FilePath {
    let path = RawArguments.environment("TMPDIR").map { FilePath($0) } ?? ""
    return path.isEmpty ? "/tmp" : path
  }

  /// Makes a folder that nobody else has.
  static func make() throws -> FilePath {
    let parent = parent
    var template =
      FileName(parent.appending("vcifuzz-XXXXXX")).bytes.map(CChar.init(bitPattern:)) + [0]
    let made = unsafe template.withUnsafeMutableBufferPointer { name in
      unsafe name.baseAddress.map { unsafe mkdtemp($0) != nil } ?? false
    }
    guard made else {
      throw ToolFailure(
        code: 1, kind: "storage",
        "cannot make a folder in \(FileName(parent)): \(Errno(rawValue: errno))")
    }
    return unsafe template.withUnsafeBufferPointer { name in
      unsafe name.baseAddress.map { unsafe FilePath(platformString: $0) } ?? parent
    }
  }

  /// Judges that files can be made in the folder at `path`, which itself may be made later: no
  /// campaign is to find at its first finding that it has no place for it.
  ///
  /// - Throws: `ToolFailure` where they cannot.
  static func judgeWritable(_ path: FilePath) throws {
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
