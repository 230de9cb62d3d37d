internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// Turns errors of the reference into failures of the tool.
enum Failure {
  /// Returns the failure for `error` of the file at `path`.
  static func of(_ error: ImageError, _ path: FilePath) -> ToolFailure {
    of(error, "\(FileName(path))")
  }

  /// Returns the failure for `error` of a file; messages call the file `name`.
  static func of(_ error: ImageError, _ name: String) -> ToolFailure {
    switch error {
    case .violation(let violation):
      ToolFailure(
        code: Verdict(of: violation).rawValue, kind: kind(of: error),
        "\(name): \(meaning(of: violation))\(violation)")
    case .storage(let failure) where failure.operation == .lock:
      ToolFailure(
        code: 1, kind: kind(of: error),
        "\(name): \(error); with --no-lock, if nobody else has it open, it is written without one")
    case .sizeOutOfRange(let blocks, let least, let most):
      .usage(
        "--size takes \(text(of: least)) to \(text(of: most)), not \(text(of: blocks))")
    case .cancelled:
      ToolFailure(code: 1, kind: kind(of: error), "\(name): interrupted; nothing is left")
    case .storage, .notUpToDate, .informationOnly, .readOnly, .locked, .noRoomToWrite,
      .partialBlock,
      .closed, .notInFile, .emptyRequest, .shortBuffer, .fileShrank:
      ToolFailure(code: 1, kind: kind(of: error), "\(name): \(error)")
    }
  }

  /// Returns the kind of `error` in one word, for JSON.
  static func kind(of error: ImageError) -> String {
    switch error {
    case .violation(let violation): "\(Verdict(of: violation))"
    case .storage, .fileShrank: "storage"
    case .cancelled: "interrupted"
    case .sizeOutOfRange: "usage"
    case .notUpToDate, .informationOnly, .readOnly, .locked, .noRoomToWrite, .partialBlock,
      .closed, .notInFile, .emptyRequest, .shortBuffer:
      "image"
    }
  }

  /// Returns the beginning of the message for a violation that makes a file unreadable as a whole,
  /// because it is not an image or has an unknown version; empty for any other.
  private static func meaning(of violation: Violation) -> String {
    switch Verdict(of: violation) {
    case .notAnImage: "not a VCI image: "
    case .unsupportedVersion: "a version that nobody knows: "
    default: ""
    }
  }

  private static func text(of blocks: BlockCount) -> String { ByteSize(bytes: blocks.bytes).text }
}
