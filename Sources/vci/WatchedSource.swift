internal import VCICommandLine
internal import VCIFormat

/// A source that passes reads on, and shows on a line how many bytes were read.
final class WatchedSource: ByteSource {
  private let source: any ByteSource
  private let name: String
  private let line: ProgressLine
  private var bytes: UInt64 = 0
  /// The bytes read when the line was shown last, in steps.
  private var shown: UInt64 = 0
  private static let step: UInt64 = 16 << 20

  /// Watches what is read of `source`, the file called `name`.
  init(_ source: any ByteSource, of name: String, on line: ProgressLine) {
    self.source = source
    self.name = name
    self.line = line
  }

  func byteCount() throws(StorageError) -> UInt64 { try source.byteCount() }

  func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    try source.nextData(from: offset)
  }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(StorageError) -> Int {
    let count = try source.read(at: offset, into: &buffer)
    bytes += UInt64(count)
    if bytes / Self.step != shown {
      shown = bytes / Self.step
      line.show("\(name): \(bytes >> 20) MiB read")
    }
    return count
  }
}
