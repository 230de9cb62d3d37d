internal import VCIFormat

/// The bitmap of a block map in a file. It is read in pieces, and its holes are skipped.
struct StoredBitmap {
  /// The most bytes of a piece.
  static let pieceSize = 64 * 1024

  /// Where it starts in the file, in bytes.
  let start: UInt64
  /// How many bytes it has: whole blocks.
  let byteCount: UInt64
  /// The bytes that were read last, in the first places.
  private(set) var bytes = [UInt8](repeating: 0, count: Self.pieceSize)

  /// The bitmap of the block map at `map` that manages `blocks` blocks.
  ///
  /// - Precondition: the map has a bit for each block, and its end in bytes fits into 64 bits.
  init(map: BlockRange, blocks: BlockCount) {
    let needed = Format.mapBlocks(for: blocks)
    precondition(
      map.count >= needed && map.end.map { $0.bytes < .max } ?? false,
      "a map at \(map) for \(blocks) blocks")
    start = (map.first + 1).bytes
    byteCount = Faults.bitmapBlocks(needed - 1, for: blocks).bytes
  }

  /// The first byte from `byte` on that may not be zero, or the start of its block; `nil` if all
  /// bytes are zero.
  ///
  /// - Throws: `StorageError` if the file fails, or ends inside the bitmap.
  func nextData(in source: any ByteSource, from byte: UInt64) throws(StorageError) -> UInt64? {
    guard byte < byteCount else { return nil }
    guard let data = try source.nextData(from: start + byte) else {
      // A part that was cut off looks like a hole.
      let size = try source.byteCount()
      guard size >= start + byteCount else { throw .ended(at: size, of: start + byteCount) }
      return nil
    }
    guard data < start + byteCount else { return nil }
    return max(byte, (max(data, start) - start) & ~(Format.blockSize - 1))
  }

  /// Reads the bytes from `byte` on into `bytes`, and returns their range in the bitmap.
  ///
  /// - Throws: `StorageError` if the file fails, or ends inside the bitmap.
  /// - Precondition: `byte` is in the bitmap, and the first of a block.
  mutating func read(
    from source: any ByteSource, at byte: UInt64
  ) throws(StorageError) -> Range<UInt64> {
    precondition(byte < byteCount, "byte \(byte) of \(byteCount)")
    let count = Int(min(byteCount - byte, UInt64(Self.pieceSize)))
    let place = start + byte
    let read = try bytes.withMutableBytes(in: 0..<count) { part throws(StorageError) in
      try source.read(at: place, into: &part)
    }
    try source.requireWholeRead(read, of: count, at: place, size: start + byteCount)
    return byte..<byte + UInt64(count)
  }
}
