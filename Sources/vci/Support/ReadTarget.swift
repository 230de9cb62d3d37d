internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// The target of the data that `vci read` copies.
enum ReadTarget {
  /// No target: no data is read.
  case none
  /// A file with holes for misses, which takes its name once it is complete.
  case file(OutputFile, at: FilePath)
  /// A stream with zeros for misses.
  case stream(OutputStream)

  /// Opens the target at `path`; `nil` makes `none`.
  ///
  /// - Throws: `ToolFailure` if the target cannot be opened or made.
  init(at path: FilePath?) throws {
    guard let path else {
      self = .none
      return
    }
    let stream: ByteStream?
    do throws(Errno) {
      stream = try ByteStream(at: path)
    } catch {
      throw ToolFailure(code: 1, kind: "storage", "\(FileName(path)): cannot open: \(error)")
    }
    // Not earlier: opening a pipe waits for a reader, and until then a signal should end the
    // program.
    Interruption.watch()
    if let stream {
      self = .stream(OutputStream(stream, at: path))
    } else {
      self = try .file(
        Self.asked(of: path, { () throws(StorageError) in try OutputFile(at: path) }), at: path)
    }
  }

  /// Gives a file its length of `blocks` blocks before any data is written. Prints a note if no
  /// file can be that long.
  func begin(_ blocks: BlockCount) throws {
    guard case .file(let file, let path) = self else { return }
    let fits = try Self.asked(of: path) { () throws(StorageError) in try file.resize(to: blocks) }
    guard !fits else { return }
    Output.note("\(FileName(path)): no file can be that long; it ends behind the last hit")
  }

  /// Writes `bytes` after the first `blocks` blocks of the run.
  mutating func write(_ bytes: RawSpan, behind blocks: BlockCount) throws {
    switch self {
    case .none: return
    case .file(let file, let path):
      try Self.asked(of: path) { () throws(StorageError) in try file.write(bytes, behind: blocks) }
    case .stream(var stream):
      try stream.write(bytes, behind: blocks)
      self = .stream(stream)
    }
  }

  /// Completes the output of `blocks` blocks, hits and misses.
  mutating func finish(_ blocks: BlockCount) throws {
    switch self {
    case .none: return
    case .file(let file, let path):
      try Self.asked(of: path) { () throws(StorageError) in try file.finish() }
    case .stream(var stream):
      try stream.fill(to: blocks)
      self = .stream(stream)
    }
  }

  /// Removes a file that is not complete.
  func discard() {
    if case .file(let file, _) = self { file.discard() }
  }

  /// Whether there is a target that takes data.
  var wantsBytes: Bool {
    if case .none = self { false } else { true }
  }

  /// Runs `call`, and turns a failure of the file at `path` into a failure of the tool.
  private static func asked<Value>(
    of path: FilePath, _ call: () throws(StorageError) -> Value
  ) throws -> Value {
    do throws(StorageError) {
      return try call()
    } catch {
      throw Failure.of(.storage(error), path)
    }
  }
}
