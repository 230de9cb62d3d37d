internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat

/// Writes a run of disk blocks to a stream in order, with zeros for the blocks that are not cached.
struct OutputStream {
  private let stream: ByteStream
  private let path: FilePath
  private var done: UInt64 = 0

  /// Makes a writer to `stream`, which was opened at `path`.
  init(_ stream: ByteStream, at path: FilePath) {
    self.stream = stream
    self.path = path
  }

  private static let zeros = [UInt8](repeating: 0, count: 1 << 16)

  /// Writes `bytes` after the first `blocks` blocks of the run, and zeros for blocks skipped
  /// before.
  ///
  /// - Throws: `ToolFailure` if the stream fails or the user interrupts; `ToolExit` if the reader
  ///   is gone.
  mutating func write(_ bytes: RawSpan, behind blocks: BlockCount) throws {
    try fill(to: blocks)
    try put(bytes)
    done += UInt64(bytes.byteCount) / Format.blockSize
  }

  /// Writes zeros until the stream has `blocks` blocks.
  ///
  /// - Throws: as `write`.
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
