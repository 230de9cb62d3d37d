internal import VCIFormat

/// Reads a bitmap of any size in pieces, and skips the holes in it.
struct BitmapReader {
  /// The most bytes of a piece.
  static let pieceSize = 64 * 1024

  private var source: (any ByteSource)?
  private var start: UInt64 = 0
  private var byteCount: UInt64 = 0
  /// The first byte of the bitmap that is not read yet.
  private var next: UInt64 = 0
  /// The bytes of the piece that was read last.
  private(set) var bytes = [UInt8](repeating: 0, count: Self.pieceSize)
  /// Which of the bitmap's bytes they are.
  private(set) var piece: Range<UInt64> = 0..<0

  /// Begins with the bitmap of `byteCount` bytes at byte `start` of `source`.
  mutating func begin(_ source: any ByteSource, at start: UInt64, byteCount: UInt64) {
    self.source = source
    self.start = start
    self.byteCount = byteCount
    next = 0
    piece = 0..<0
  }

  /// Begins anew with the same bitmap; what is still there of it is not read again.
  mutating func rewind() { next = 0 }

  /// Reads the next piece that is not a hole; answers no where the bitmap is at its end.
  ///
  /// What lies between two pieces is zero. A piece starts at a multiple of 8 bytes, and so it ends
  /// but for the last one of a bitmap.
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
    let place = start + next
    var span = bytes.mutableSpan
    var whole = unsafe span.mutableBytes
    var part = whole._mutatingExtracting(0..<count)
    let read = try source.read(at: place, into: &part)
    if read < count { part.zero(read..<count) }
    piece = next..<next + UInt64(count)
    next = piece.upperBound
    return true
  }
}
