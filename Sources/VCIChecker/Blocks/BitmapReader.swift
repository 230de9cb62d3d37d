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
  private(set) var bytes = [UInt8](repeating: 0, count: Self.pieceSize)
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
    let (place, size) = (start + next, self.size)
    _ = try bytes.withMutableBytes(in: 0..<count) { part throws(StorageError) in
      try Examination.fill(&part, from: source, at: place, size: size)
    }
    piece = next..<next + UInt64(count)
    next = piece.upperBound
    if Fault.checkerF19.isPlanted { misreadTransitions() }
    if Fault.checkerF20.isPlanted { misreadPatterns() }
    return true
  }

  /// Applies `change` to the words of each 16 KiB of the piece.
  private mutating func changeWords(_ change: (inout [UInt64]) -> Void) {
    for start in stride(from: 0, to: piece.count, by: 16 * 1024) {
      let end = min(piece.count, start + 16 * 1024) & ~7
      var words = stride(from: start, to: end, by: 8).map { offset -> UInt64 in
        unsafe bytes.span.bytes.number(at: offset)
      }
      change(&words)
      bytes.withMutableBytes { bytes in
        for (index, word) in words.enumerated() { bytes.put(word, at: start + index * 8) }
      }
    }
  }

  /// F-19: takes the set bits after the first clear one for clear.
  private mutating func misreadTransitions() {
    changeWords { words in
      var hasGap = false
      for index in words.indices {
        let kept = hasGap ? 0 : UInt64.max >> UInt64(64 - (~words[index]).trailingZeroBitCount)
        hasGap = hasGap || ~words[index] != 0
        words[index] &= kept
      }
    }
  }

  /// F-20: takes alternating bits for clear, and the last bit for set if it alone is clear.
  private mutating func misreadPatterns() {
    changeWords { words in
      for index in words.indices
      where words[index] == 0x5555_5555_5555_5555 || words[index] == 0xaaaa_aaaa_aaaa_aaaa {
        words[index] = 0
      }
      if words.last == .max >> 1, words.dropLast().allSatisfy({ $0 == .max }) {
        words[words.count - 1] = .max
      }
    }
  }
}
