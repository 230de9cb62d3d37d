internal import Glibc
internal import SystemPackage
internal import VCICommandLine

/// Where the jobs of a campaign work.
enum Workplace {
  /// This program.
  static let tool: FilePath = "/proc/self/exe"

  /// Makes a folder that nobody else has.
  static func make() throws -> FilePath {
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/vcifuzz-XXXXXX".utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { name in
      unsafe name.baseAddress.map { unsafe mkdtemp($0) != nil } ?? false
    }
    guard made else {
      throw ToolFailure(
        code: 1, kind: "storage",
        "cannot make a folder in \(parent): \(Errno(rawValue: errno))")
    }
    return unsafe template.withUnsafeBufferPointer { name in
      unsafe name.baseAddress.map { unsafe FilePath(platformString: $0) } ?? FilePath(parent)
    }
  }
}
