internal import VCIFormat

/// The block map of an image.
extension BlockAllocator {
  /// Whether the bitmap of the map at `map` agrees with this allocator in every block. Bits after
  /// the last do not matter: VCI-MAP-006 is no reason to write an image.
  ///
  /// - Throws: `StorageError` if the file fails.
  /// - Precondition: the map has a bit for each block, and lies in the file.
  func agrees(with source: any ByteSource, map: BlockRange) throws(StorageError) -> Bool {
    var bitmap = StoredBitmap(map: map, blocks: blocks)
    var bits = [UInt8](repeating: 0, count: StoredBitmap.pieceSize)
    var next: UInt64 = 0
    while let start = try nextPiece(of: bitmap, in: source, from: next) {
      let piece = try bitmap.read(from: source, at: start)
      putBits(of: piece, into: &bits)
      keepSpareBits(of: piece, from: bitmap.bytes, in: &bits)
      guard differing(bitmap.bytes, bits, from: 0, of: piece.count) == nil else { return false }
      next = piece.upperBound
    }
    return true
  }

  /// Writes the bitmap of the map at `map`: a bit for each block, and zeros after the last. Only
  /// blocks that differ are written, so that a hole of zeros stays a hole.
  ///
  /// - Throws: `StorageError` if the file fails; the blocks before that are written.
  /// - Precondition: the map has a bit for each block, and lies in the file.
  func save(to storage: any Storage, map: BlockRange) throws(StorageError) {
    var bitmap = StoredBitmap(map: map, blocks: blocks)
    var bits = [UInt8](repeating: 0, count: StoredBitmap.pieceSize)
    var next: UInt64 = 0
    while let start = try nextPiece(of: bitmap, in: storage, from: next) {
      let piece = try bitmap.read(from: storage, at: start)
      putBits(of: piece, into: &bits)
      var done = 0
      while let part = differing(bitmap.bytes, bits, from: done, of: piece.count) {
        let place = piece.lowerBound + UInt64(part.lowerBound)
        do throws(StorageError) {
          try unsafe storage.write(bits.span.bytes.extracting(part), at: bitmap.start + place)
        } catch {
          try Faults.bitmapNotWritten(
            error, isLast: place + UInt64(part.count) == bitmap.byteCount)
        }
        done = part.upperBound
      }
      next = piece.upperBound
    }
  }

  /// Writes the counters into the first block of the map at `map`, unless they are right already,
  /// and keeps its other bytes.
  ///
  /// - Throws: `StorageError` if the file fails.
  func saveCounters(to storage: any Storage, map: BlockRange) throws(StorageError) {
    var bytes = [UInt8](repeating: 0, count: Format.mapHeaderSize)
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    let place = map.first.bytes
    let count = try storage.read(at: place, into: &buffer)
    try storage.requireWholeRead(
      count, of: Format.mapHeaderSize, at: place, size: place + Format.blockSize)
    let stored = BlockMapHeader(decoding: buffer.bytes)
    guard stored != mapHeader else { return }
    mapHeader.encode(into: &buffer)
    try storage.write(buffer.bytes, at: map.first.bytes)
  }
}

extension BlockAllocator {
  /// The first byte from `next` on in which a bit of the file or of this allocator may be set, or
  /// the start of its block; `nil` if there is none.
  private func nextPiece(
    of bitmap: StoredBitmap, in source: any ByteSource, from next: UInt64
  ) throws(StorageError) -> UInt64? {
    guard next < bitmap.byteCount else { return nil }
    let stored = try bitmap.nextData(in: source, from: next)
    let block = BlockAddress(next * 8)
    let allocated = freeRuns.run(containing: block)?.end ?? block
    guard allocated.rawValue < min(blocks.rawValue, bitmap.byteCount * 8) else { return stored }
    let byte = max(next, allocated.rawValue / 8 & ~(Format.blockSize - 1))
    return min(stored ?? byte, byte)
  }

  /// Puts the bytes `piece` of the bitmap into the first places of `bytes`.
  private func putBits(of piece: Range<UInt64>, into bytes: inout [UInt8]) {
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    for offset in stride(from: 0, to: piece.count, by: 8) {
      buffer.put(UInt64.max, at: offset)
    }
    let base = piece.lowerBound * 8
    let end = piece.upperBound * 8
    var next = base
    while next < end, let run = freeRuns.firstRun(from: BlockAddress(next)),
      run.first.rawValue < end
    {
      let start = max(next, run.first.rawValue)
      next = min(end, run.first.rawValue + run.count.rawValue)
      clear(Int(start - base)..<Int(next - base), in: &buffer)
    }
    if blocks.rawValue < end {
      clear(Int(max(base, blocks.rawValue) - base)..<Int(end - base), in: &buffer)
    }
  }

  /// Takes the bits of `piece` after the last block from `stored` into `bytes`.
  private func keepSpareBits(
    of piece: Range<UInt64>, from stored: [UInt8], in bytes: inout [UInt8]
  ) {
    let first = max(blocks.rawValue, piece.lowerBound * 8)
    guard first < piece.upperBound * 8 else { return }
    let start = Int(first / 8 - piece.lowerBound)
    bytes[start] |= stored[start] & UInt8.max << UInt8(first % 8)
    for index in start + 1..<piece.count { bytes[index] = stored[index] }
  }

  /// Clears the bits `bits` of `bytes`.
  private func clear(_ bits: Range<Int>, in bytes: inout MutableRawSpan) {
    var bit = bits.lowerBound
    while bit < bits.upperBound {
      let word = bit / 64 * 8
      let low = bit % 64
      let count = min(64 - low, bits.upperBound - bit)
      let mask = (UInt64.max >> UInt64(64 - count)) << UInt64(low)
      bytes.put(bytes.bytes.number(at: word) & ~mask, at: word)
      bit += count
    }
  }

  /// The first run of blocks, between the bytes `start` and `end`, that differ in `stored` and
  /// `wanted`.
  private func differing(
    _ stored: [UInt8], _ wanted: [UInt8], from start: Int, of end: Int
  ) -> Range<Int>? {
    let size = Int(Format.blockSize)
    var first: Int?
    for block in stride(from: start, to: end, by: size) {
      let isEqual = unsafe stored.span.bytes.extracting(block..<block + size)
        .isEqual(to: wanted.span.bytes.extracting(block..<block + size))
      if isEqual, let first { return first..<block }
      if !isEqual, first == nil { first = block }
    }
    return first.map { $0..<end }
  }
}
