internal import VCICommandLine
internal import VCIFormat
internal import VCIReference

/// A source that forwards reads, and shows on a bar how many bytes of metadata were read.
final class ProgressSource: ByteSource {
  private let source: any ByteSource
  private let bar: ProgressBar
  private var bytes: UInt64 = 0
  /// The bytes read when the bar was shown last, in steps.
  private var shown: UInt64 = 0
  private static let step: UInt64 = 1 << 20

  /// Forwards to `source`, and shows reads on `bar`.
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

  /// The bytes of all metadata, as the image says; `nil` where it says nothing of the kind.
  ///
  /// Most of them are read once. Where more is read there is no bar, but the amount still.
  private lazy var metadataBytes: UInt64? = {
    let image = try? CacheImage.open(source, purpose: .information)
    return image.map { min($0.information.counters.metadata.bytes, $0.information.byteCount) }
  }()
}
