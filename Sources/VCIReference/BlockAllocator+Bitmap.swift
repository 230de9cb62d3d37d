internal import VCIFormat

extension BlockAllocator {
  /// Writes the bits of all blocks to the map of an image, where they are not there yet, a block of
  /// the bitmap at a time; what is a hole and holds no set bit stays one.
  ///
  /// - Throws: `StorageError` where the file fails.
  func save(to storage: any Storage, map: BlockRange) throws(StorageError) {
    try compare(with: storage, map: map) { piece, start throws(StorageError) in
      try unsafe storage.write(piece.span.bytes, at: start)
      return true
    }
  }

  /// Whether the bits of all blocks are those of an image's map.
  ///
  /// - Throws: `StorageError` where the file fails.
  func agrees(with source: any ByteSource, map: BlockRange) throws(StorageError) -> Bool {
    try compare(with: source, map: map) { _, _ in false }
  }

  /// Writes the counters into the header of an image's map; what else it holds stays.
  ///
  /// - Throws: `StorageError` where the file fails.
  func saveCounters(to storage: any Storage, map: BlockRange) throws(StorageError) {
    var bytes = [UInt8](repeating: 0, count: Format.mapHeaderSize)
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    _ = try storage.read(at: map.first.bytes, into: &buffer)
    BlockMapHeader(blocks: blocks, free: free, metadata: metadata, data: data).encode(into: &buffer)
    try unsafe storage.write(bytes.span.bytes, at: map.first.bytes)
  }

  /// Hands every block of the bitmap that differs from what `source` holds, as it must be, and the byte
  /// at which it stands, to `differs`, until that answers no; answers whether it never did.
  @discardableResult
  private func compare(
    with source: any ByteSource, map: BlockRange,
    _ differs: ([UInt8], UInt64) throws(StorageError) -> Bool
  ) throws(StorageError) -> Bool {
    let start = map.first.bytes + Format.blockSize
    let end = start + (map.count.rawValue - 1) * Format.blockSize
    var bits = FreeBits(self)
    var stored = [UInt8](repeating: 0, count: Self.pieceSize)
    var place = start
    while place < end {
      // Where nothing is stored and nothing is set there is nothing to compare.
      let data = try source.nextData(from: place) ?? end
      let set = bits.firstSet(from: (place - start) * 8).map { start + $0 / 8 } ?? end
      let next = min(data, set)
      guard next < end else { return true }
      place = max(place, start + (next - start) / Format.blockSize * Format.blockSize)
      let count = Int(min(UInt64(Self.pieceSize), end - place))
      try read(&stored, count, from: source, at: place)
      for block in stride(from: 0, to: count, by: Int(Format.blockSize)) {
        let piece = bits.block(from: (place - start + UInt64(block)) * 8)
        guard piece[...] != stored[block..<block + piece.count] else { continue }
        guard try differs(piece, place + UInt64(block)) else { return false }
      }
      place += UInt64(count)
    }
    return true
  }

  /// How much of the bitmap is read at once, in bytes.
  private static var pieceSize: Int { 1 << 16 }

  /// Reads `count` bytes; what the source does not have is zero.
  private func read(
    _ bytes: inout [UInt8], _ count: Int, from source: any ByteSource, at place: UInt64
  ) throws(StorageError) {
    for index in 0..<count { bytes[index] = 0 }
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    var part = buffer._mutatingExtracting(0..<count)
    _ = try source.read(at: place, into: &part)
  }
}

/// The bits of a bitmap, asked for from its start to its end.
private struct FreeBits {
  private let allocator: BlockAllocator
  /// The free run that the next question begins in or before.
  private var next: BlockRange?

  init(_ allocator: BlockAllocator) {
    self.allocator = allocator
    next = allocator.freeRun(from: 0)
  }

  /// The first block from `block` on that is taken.
  mutating func firstSet(from block: UInt64) -> UInt64? {
    advance(to: block)
    guard block < allocator.blocks.rawValue else { return nil }
    guard let next, next.first.rawValue <= block else { return block }
    let end = next.first.rawValue + next.count.rawValue
    return end < allocator.blocks.rawValue ? end : nil
  }

  /// The bits of the blocks from `block` on that a block of the bitmap has.
  mutating func block(from block: UInt64) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xff, count: Int(Format.blockSize))
    let end = block + Format.bitsPerMapBlock
    clear(max(allocator.blocks.rawValue, block), end, in: &bytes, from: block)
    advance(to: block)
    while let run = next, run.first.rawValue < end {
      let runEnd = run.first.rawValue + run.count.rawValue
      clear(max(run.first.rawValue, block), min(runEnd, end), in: &bytes, from: block)
      guard runEnd <= end else { break }
      next = allocator.freeRun(from: BlockAddress(runEnd))
    }
    return bytes
  }

  private mutating func advance(to block: UInt64) {
    guard let run = next, run.first.rawValue + run.count.rawValue <= block else { return }
    next = allocator.freeRun(from: BlockAddress(block))
  }

  /// Clears the bits from block `start` to before `end` in bytes whose first bit is that of `first`.
  private func clear(_ start: UInt64, _ end: UInt64, in bytes: inout [UInt8], from first: UInt64) {
    guard start < end else { return }
    var bit = Int(start - first)
    let end = Int(end - first)
    while bit < end {
      if bit % 8 == 0, end - bit >= 8 {
        bytes[bit / 8] = 0
        bit += 8
      } else {
        bytes[bit / 8] &= ~(1 << UInt8(bit % 8))
        bit += 1
      }
    }
  }
}
