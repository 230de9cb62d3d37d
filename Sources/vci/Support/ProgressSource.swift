internal import VCICommandLine
internal import VCIFormat
internal import VCIReference

/// A source that forwards reads and shows on a bar how many bytes of metadata were read.
final class ProgressSource: ByteSource {
  private let source: any ByteSource
  private let bar: ProgressBar
  private var bytes: UInt64 = 0
  /// How many whole steps had been read when the bar was last shown.
  private var shown: UInt64 = 0
  private static let step: UInt64 = 1 << 20

  /// Makes a source that forwards to `source` and shows reads on `bar`.
  init(_ source: any ByteSource, on bar: ProgressBar) {
    self.source = source
    self.bar = bar
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
      bar.show(bytes, of: metadataBytes)
    }
    return count
  }

  /// The bytes of all metadata, from the counters of the image; `nil` if it cannot be opened.
  ///
  /// Most of them are read once. If more bytes are read, the bar disappears and the amount remains.
  private lazy var metadataBytes: UInt64? = {
    let image = try? CacheImage.open(source, purpose: .information)
    return image.map { min($0.information.counters.metadata.bytes, $0.information.byteCount) }
  }()
}
