internal import VCICorpus
internal import VCIFormat

/// What a file holds at a time: its size, and a checksum of what is not zero. Whether zeros are
/// holes does not matter.
struct FileSnapshot: Hashable {
  private let size: UInt64
  private let checksum: UInt32

  /// The most bytes that are read.
  private static let mostBytes: UInt64 = 8 << 20
  private static let pieceBytes: UInt64 = 1 << 16

  /// Reads a file; `nil` if it has so many bytes that this would take long.
  init?(_ file: WorkFile) {
    size = file.size
    var checksum: UInt32 = 0
    var (offset, read): (UInt64, UInt64) = (0, 0)
    while let next = file.nextData(from: offset), next < size {
      let start = next / Self.pieceBytes * Self.pieceBytes
      let bytes = file.bytes(at: start, count: Int(Self.pieceBytes))
      if bytes.contains(where: { $0 != 0 }) {
        checksum = Zlib.crc32(Array("\(start)".utf8), from: checksum)
        checksum = Zlib.crc32(bytes, from: checksum)
      }
      offset = start + Self.pieceBytes
      read += Self.pieceBytes
      guard read <= Self.mostBytes else { return nil }
    }
    self.checksum = checksum
  }
}
