internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat

/// A stream that gets the blocks of a run of the disk in order: zeros for those that are not
/// cached.
struct OutputStream {
  private let stream: ByteStream
  private let path: FilePath
  private var done: UInt64 = 0

  /// Makes it for `stream`, which `path` asked for.
  init(_ stream: ByteStream, at path: FilePath) {
    self.stream = stream
    self.path = path
  }

  private static let zeros = [UInt8](repeating: 0, count: 1 << 16)

  /// Writes `bytes` as those that stand behind the first `blocks` blocks.
  ///
  /// - Throws: `ToolFailure` where the stream fails and where the user interrupts; `ToolExit` where
  ///   the reader is gone.
  mutating func write(_ bytes: RawSpan, behind blocks: BlockCount) throws {
    try fill(to: blocks)
    try put(bytes)
    done += UInt64(bytes.byteCount) / Format.blockSize
  }

  /// Writes zeros until it has had `blocks` blocks.
  mutating func fill(to blocks: BlockCount) throws {
    while done < blocks.rawValue {
      let piece = min(
        blocks.rawValue - done, UInt64(Self.zeros.count) / Format.blockSize)
      try put(
        unsafe Self.zeros.span.bytes.extracting(0..<Int(piece * Format.blockSize)))
      done += piece
      guard !Interruption.isRequested else {
        throw ToolFailure(
          code: 1, kind: "interrupted",
          "\(FileName(path)): interrupted; \(done) blocks are written")
      }
    }
  }

  private func put(_ bytes: RawSpan) throws {
    do throws(Errno) {
      try stream.write(bytes)
    } catch {
      guard error != .brokenPipe else { throw ToolExit(1) }
      throw ToolFailure(code: 1, kind: "storage", "\(FileName(path)): cannot write: \(error)")
    }
  }
}
