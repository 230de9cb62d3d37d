internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// Where `vci read` delivers the bytes of hits.
enum ReadTarget {
  /// Nowhere: no data is read.
  case none
  /// A file, in which misses are holes, and which takes its name once it is complete.
  case file(OutputFile, at: FilePath)
  /// A stream, in which misses are zeros.
  case stream(OutputStream)

  /// The target that `path` names; `nil` names none.
  ///
  /// - Throws: `ToolFailure` where it cannot be opened or made.
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
    // A pipe without a reader is waited for, and until then a signal ends the program.
    Interruption.watch()
    if let stream {
      self = .stream(OutputStream(stream, at: path))
    } else {
      self = try .file(
        Self.asked(of: path, { () throws(StorageError) in try OutputFile(at: path) }), at: path)
    }
  }

  /// Makes room for `blocks` blocks where that is done beforehand.
  func begin(_ blocks: BlockCount) throws {
    guard case .file(let file, let path) = self else { return }
    let fits = try Self.asked(of: path) { () throws(StorageError) in try file.resize(to: blocks) }
    guard !fits else { return }
    Output.note("\(FileName(path)): no file can be that long; it ends behind the last hit")
  }

  /// Delivers the bytes that stand behind the first `blocks` blocks.
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

  /// Ends what has had `blocks` blocks, hits and misses.
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

  /// Removes what is not complete.
  func discard() {
    if case .file(let file, _) = self { file.discard() }
  }

  /// Whether it takes bytes.
  var wantsBytes: Bool {
    if case .none = self { false } else { true }
  }

  /// Turns a failure of the file at `path` into one of the tool.
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
