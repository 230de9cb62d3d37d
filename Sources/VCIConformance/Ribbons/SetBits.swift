internal import VCIFormat
internal import VCIGenerators

/// The set bits of an image's block map.
///
/// Holes are skipped. Of the rest at most `mostBytes` are looked at, and at most `mostRuns` runs
/// are returned; what is behind counts as not set.
struct SetBits {
  private let image: SparseBytes
  /// The first byte of the bitmap in the file, and the number of its bits.
  private let start: UInt64
  private let count: UInt64
  private var bytesLeft = SetBits.mostBytes
  private var runsLeft = SetBits.mostRuns

  private static let mostBytes = 16 << 20
  private static let mostRuns = 100_000
  private static let pieceBytes: UInt64 = 1 << 14

  /// Makes the bits of the block map of a file that ends at block `end`; none if the map does not
  /// lie in it.
  init(_ image: SparseBytes, _ header: Header, end: UInt64) {
    self.image = image
    let (map, blocks) = (header.blockMap.rawValue, header.blockMapBlocks.rawValue)
    let isInFile = map < end && blocks > 0
    start = isInFile ? header.blockMap.bytes + UInt64(Format.mapHeaderSize) : 0
    count =
      isInFile
      ? min(header.blocks.rawValue, (blocks - 1) * Format.bitsPerMapBlock) : 0
  }

  /// Returns the runs of set bits among those of `blocks`, ascending.
  mutating func runs(in blocks: Range<UInt64>) -> [Range<UInt64>] {
    var runs: [Range<UInt64>] = []
    var block = blocks.lowerBound
    let end = min(blocks.upperBound, count)
    while block < end, bytesLeft > 0, let data = image.nextData(from: start + block / 8) {
      block = max(block, (data - start) * 8)
      guard block < end else { break }
      let first = block / 8
      let piece = image.bytes(
        at: start + first, count: Int(min(Self.pieceBytes, (end - 1) / 8 - first + 1)))
      bytesLeft -= piece.count
      for (index, byte) in piece.enumerated() where byte != 0 {
        add(byte, (first + UInt64(index)) * 8, within: block..<end, &runs)
      }
      block = (first + UInt64(piece.count)) * 8
    }
    return runs
  }

  /// Adds the set bits of a byte, of which the lowest is that of block `first`.
  private mutating func add(
    _ byte: UInt8, _ first: UInt64, within blocks: Range<UInt64>, _ runs: inout [Range<UInt64>]
  ) {
    for bit in 0..<UInt64(8) where byte >> bit & 1 == 1 && blocks.contains(first + bit) {
      let block = first + bit
      if let last = runs.last, last.upperBound == block {
        runs[runs.count - 1] = last.lowerBound..<block + 1
      } else if runsLeft > 0 {
        runsLeft -= 1
        runs.append(block..<block + 1)
      }
    }
  }
}
