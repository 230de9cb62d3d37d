internal import VCIFormat

/// The bytes of an image of any size: kept pieces, blocks of `DataPattern`, and holes, which read
/// as zeros.
package struct SparseBytes: Equatable, Sendable {
  /// A kept run of bytes.
  struct Piece: Equatable {
    /// The offset of its first byte in the image.
    var offset: UInt64
    /// The indices of its bytes in `bytes`.
    var range: Range<Int>

    var end: UInt64 { offset + UInt64(range.count) }
  }

  /// The image's size in bytes. Pieces and data past it do not count.
  package internal(set) var size: UInt64
  /// The kept bytes, in the order in which they were added.
  private(set) var bytes: [UInt8] = []
  /// Ascending, without overlaps.
  private(set) var pieces: [Piece] = []
  /// The blocks of the data pattern: ascending, without overlaps.
  private(set) var data: [BlockRange] = []

  /// Makes an image that is one hole.
  package init(size: UInt64) {
    self.size = size
  }

  /// Makes an image that keeps all of its bytes.
  package init(_ bytes: [UInt8]) {
    self.size = UInt64(bytes.count)
    self.bytes = bytes
    self.pieces = bytes.isEmpty ? [] : [Piece(offset: 0, range: 0..<bytes.count)]
  }

  /// Sets the blocks that follow the data pattern.
  ///
  /// - Precondition: no two ranges overlap, and none ends past 2^55.
  mutating func setData(_ ranges: [BlockRange]) {
    data = ranges.sorted { $0.first < $1.first }
  }

  /// Fills a range with the data pattern, the kept bytes in it too.
  ///
  /// - Precondition: it does not end past 2^55.
  mutating func fill(_ range: BlockRange) {
    data = BlockRuns(data + [range]).runs.map { BlockRange($0) }
    let end = range.first.bytes + range.count.bytes
    var index = firstPiece(endingAfter: range.first.bytes)
    while index < pieces.count, pieces[index].offset < end {
      let first = max(range.first.bytes, pieces[index].offset)
      let last = min(end, pieces[index].end)
      let count = Int(last - first)
      write([UInt8](zeros: count) { readData(at: first, count, into: &$0) }, at: first)
      index += 1
    }
  }

  /// Keeps `new` as a piece.
  ///
  /// - Precondition: pieces are added in ascending order and do not overlap.
  mutating func addPiece(_ new: [UInt8], at offset: UInt64) {
    precondition(pieces.last.map { $0.end <= offset } ?? true, "a piece at byte \(offset)")
    pieces.append(Piece(offset: offset, range: bytes.count..<bytes.count + new.count))
    bytes.append(contentsOf: new)
  }

  package var pieceCount: Int { pieces.count }
  /// The number of kept bytes.
  package var keptBytes: Int { bytes.count }

  /// Returns the offset in the image of kept byte `index`.
  ///
  /// - Precondition: `index` is below `keptBytes`.
  package func offset(ofKept index: Int) -> UInt64 {
    precondition(index >= 0 && index < bytes.count, "kept byte \(index) of \(bytes.count)")
    let piece = pieces.first { $0.range.contains(index) }
    return piece.map { $0.offset + UInt64(index - $0.range.lowerBound) } ?? 0
  }
}

extension SparseBytes {
  // The synthesized one would be slower, and every case is compared with its base.
  package static func == (left: SparseBytes, right: SparseBytes) -> Bool {
    guard left.size == right.size, left.pieces == right.pieces, left.data == right.data else {
      return false
    }
    return unsafe left.bytes.span.bytes.isEqual(to: right.bytes.span.bytes)
  }

  /// Reads bytes from `offset` on until `buffer` is full or the image ends. Returns how many.
  package func read(at offset: UInt64, into buffer: inout MutableRawSpan) -> Int {
    guard offset < size else { return 0 }
    let count = Int(min(UInt64(buffer.byteCount), size - offset))
    let piece = firstPiece(endingAfter: offset)
    if piece < pieces.count, pieces[piece].offset <= offset,
      pieces[piece].end - offset >= UInt64(count)
    {
      copy(from: pieces[piece], offset, count, to: &buffer, at: 0)
      return count
    }
    buffer.zero(0..<count)
    readData(at: offset, count, into: &buffer)
    var index = piece
    while index < pieces.count, pieces[index].offset < offset + UInt64(count) {
      let start = max(offset, pieces[index].offset)
      let end = min(offset + UInt64(count), pieces[index].end)
      copy(from: pieces[index], start, Int(end - start), to: &buffer, at: Int(start - offset))
      index += 1
    }
    return count
  }

  /// Returns the first offset from `offset` on that is not in a hole.
  package func nextData(from offset: UInt64) -> UInt64? {
    guard offset < size else { return nil }
    var next = UInt64.max
    let piece = firstPiece(endingAfter: offset)
    if piece < pieces.count { next = max(offset, pieces[piece].offset) }
    let range = firstData(endingAfter: offset)
    if range < data.count { next = min(next, max(offset, data[range].first.bytes)) }
    return next < size ? next : nil
  }

  /// Writes bytes. A block outside the kept pieces is kept from then on.
  package mutating func write(_ new: [UInt8], at offset: UInt64) {
    var position = 0
    while position < new.count {
      let next = offset + UInt64(position)
      let piece = keptPiece(at: next)
      let index = pieces[piece].range.lowerBound + Int(next - pieces[piece].offset)
      let count = min(new.count - position, pieces[piece].range.upperBound - index)
      for step in 0..<count { bytes[index + step] = new[position + step] }
      position += count
    }
  }

  /// Writes a number of `width` bytes, little endian.
  mutating func write(_ number: UInt64, width: Int, at offset: UInt64) {
    write((0..<width).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }, at: offset)
  }

  /// Returns `count` bytes from `offset` on; zeros past the image's end.
  package func bytes(at offset: UInt64, count: Int) -> [UInt8] {
    [UInt8](zeros: count) { _ = read(at: offset, into: &$0) }
  }

  /// Returns all of the image's bytes; `nil` if they are more than `limit`.
  package func materialized(limit: UInt64) -> [UInt8]? {
    size <= limit ? bytes(at: 0, count: Int(size)) : nil
  }
}

extension SparseBytes {
  /// Returns the index of the piece that keeps the byte at `offset`. If there is none, it is made
  /// of the byte's block, as far as no other piece keeps that.
  private mutating func keptPiece(at offset: UInt64) -> Int {
    let index = firstPiece(endingAfter: offset)
    if index < pieces.count, pieces[index].offset <= offset { return index }
    let start = max(offset & ~511, index > 0 ? pieces[index - 1].end : 0)
    let end = min((offset & ~511) + 512, index < pieces.count ? pieces[index].offset : .max)
    let count = Int(end - start)
    let block = [UInt8](zeros: count) { readData(at: start, count, into: &$0) }
    pieces.insert(
      Piece(offset: start, range: bytes.count..<bytes.count + count), at: index)
    bytes.append(contentsOf: block)
    return index
  }

  private func copy(
    from piece: Piece, _ offset: UInt64, _ count: Int, to buffer: inout MutableRawSpan,
    at target: Int
  ) {
    let start = piece.range.lowerBound + Int(offset - piece.offset)
    unsafe buffer.copy(bytes.span.bytes.extracting(start..<start + count), to: target)
  }

  private func readData(at offset: UInt64, _ count: Int, into buffer: inout MutableRawSpan) {
    let end = offset + UInt64(count)
    var index = firstData(endingAfter: offset)
    while index < data.count, data[index].first.bytes < end {
      let first = max(offset, data[index].first.bytes)
      let last = min(end, data[index].first.bytes + data[index].count.bytes)
      DataPattern.fill(&buffer, Int(first - offset)..<Int(last - offset), from: first)
      index += 1
    }
  }

  private func firstPiece(endingAfter offset: UInt64) -> Int {
    pieces.partitionPoint { $0.end > offset }
  }

  private func firstData(endingAfter offset: UInt64) -> Int {
    data.partitionPoint { $0.first.bytes + $0.count.bytes > offset }
  }
}
