internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// How the reference's errors end a command.
enum Failure {
  /// The failure to tell of `error`, which concerns the file at `path`.
  static func of(_ error: ImageError, _ path: FilePath) -> ToolFailure {
    of(error, "\(FileName(path))")
  }

  /// The failure to tell of `error`, which concerns what is called `name`.
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

  /// What kind of failure `error` is, in a word.
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

  /// What a violation says of the file as a whole, where it is no image that anybody reads.
  private static func meaning(of violation: Violation) -> String {
    switch Verdict(of: violation) {
    case .notAnImage: "not a VCI image: "
    case .unsupportedVersion: "a version that nobody knows: "
    default: ""
    }
  }

  private static func text(of blocks: BlockCount) -> String { ByteSize(bytes: blocks.bytes).text }
}
