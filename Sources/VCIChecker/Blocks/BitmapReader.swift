internal import VCIFormat

/// Reads a bitmap of any size in pieces, and skips the holes in it.
struct BitmapReader {
  /// The most bytes of a piece.
  static let pieceSize = 64 * 1024

  private var source: (any ByteSource)?
  private var start: UInt64 = 0
  private var byteCount: UInt64 = 0
  /// The number of bytes of the source.
  private var size: UInt64 = 0
  /// The first byte of the bitmap that was not read.
  private var next: UInt64 = 0
  /// The bytes of the piece that was read last.
  var bytes = [UInt8](repeating: 0, count: Self.pieceSize)
  /// The range of these bytes in the bitmap.
  private(set) var piece: Range<UInt64> = 0..<0

  /// Begins with the bitmap of `byteCount` bytes at byte `start` of a source of `size` bytes.
  mutating func begin(
    _ source: any ByteSource, at start: UInt64, byteCount: UInt64, size: UInt64
  ) {
    self.source = source
    self.size = size
    self.start = start
    self.byteCount = byteCount
    next = 0
    piece = 0..<0
  }

  /// Begins anew with the same bitmap. If it is a single piece, that is not read again.
  mutating func rewind() { next = 0 }

  /// Reads the next piece that is not a hole; returns false at the end of the bitmap.
  ///
  /// Bytes between two pieces are zero. A piece starts at a multiple of 8 bytes, and ends at one
  /// unless it is the last.
  mutating func readPiece() throws(StorageError) -> Bool {
    guard let source, next < byteCount else { return false }
    if piece.lowerBound == 0, next == 0, piece.upperBound == byteCount, byteCount > 0 {
      next = byteCount
      return true
    }
    if byteCount > UInt64(Self.pieceSize) {
      guard let data = try source.nextData(from: start + next), data < start + byteCount else {
        next = byteCount
        return false
      }
      next = max(next, (max(data, start) - start) & ~7)
    }
    let count = Int(min(byteCount - next, UInt64(Self.pieceSize)))
    _ = try Examination.fill(
      &bytes, in: 0..<count, from: source, at: start + next, size: size)
    piece = next..<next + UInt64(count)
    next = piece.upperBound
    applyFaults()
    return true
  }
}
