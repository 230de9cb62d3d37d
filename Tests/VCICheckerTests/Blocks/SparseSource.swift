import VCIFormat

/// A source of any size that has bytes at some places, and holes for the rest.
final class SparseSource: ByteSource {
  private let size: UInt64
  /// Ascending, apart.
  private let pieces: [(start: UInt64, bytes: [UInt8])]
  /// How many bytes were asked of it.
  private(set) var bytesRead = 0
  /// How many reads there may be before one fails; `nil` for any number.
  var readsLeft: Int?

  init(size: UInt64, _ pieces: [(start: UInt64, bytes: [UInt8])]) {
    self.size = size
    self.pieces = pieces
  }

  func byteCount() throws(StorageError) -> UInt64 { size }

  func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    if let readsLeft {
      guard readsLeft > 0 else {
        throw StorageError(.read, offset: offset, code: 5, reason: "Input/output error")
      }
      self.readsLeft = readsLeft - 1
    }
    guard offset < size else { return 0 }
    let count = Int(min(UInt64(buffer.byteCount), size - offset))
    bytesRead += count
    for index in 0..<count { buffer.put(0 as UInt8, at: index) }
    for piece in pieces {
      for (index, byte) in piece.bytes.enumerated() {
        let place = piece.start + UInt64(index)
        if place >= offset, place - offset < UInt64(count) {
          buffer.put(byte, at: Int(place - offset))
        }
      }
    }
    return count
  }

  func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    for piece in pieces where offset < piece.start + UInt64(piece.bytes.count) {
      return max(offset, piece.start)
    }
    return nil
  }
}
