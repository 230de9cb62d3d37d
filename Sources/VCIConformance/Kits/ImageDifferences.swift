internal import VCIFormat
internal import VCIGenerators

/// The bytes in which an image differs from a valid one.
struct ImageDifferences {
  /// A run of bytes that differ, with those of both; its first bytes, if it is long.
  struct Run: Hashable {
    let offset: UInt64
    let valid: [UInt8]
    let image: [UInt8]
  }

  private(set) var runs: [Run] = []
  /// Whether there are more runs than were kept.
  private(set) var isCut = false
  private let sizes: (valid: UInt64, image: UInt64)

  private static let mostRuns = 20
  private static let longestRun = 16
  private static let pieceBytes: UInt64 = 1 << 16

  /// Compares two images, up to the end of the shorter one.
  init(_ image: SparseBytes, from valid: SparseBytes) {
    sizes = (valid.size, image.size)
    let end = min(valid.size, image.size)
    var offset: UInt64 = 0
    while !isCut {
      // What is a hole in both is equal.
      let next = [valid.nextData(from: offset), image.nextData(from: offset)].compactMap(\.self)
      guard let next = next.min(), next < end else { return }
      let start = next / Self.pieceBytes * Self.pieceBytes
      let count = Int(min(Self.pieceBytes, end - start))
      compare(
        valid.bytes(at: start, count: count), image.bytes(at: start, count: count), from: start)
      offset = start + UInt64(count)
    }
  }

  private mutating func compare(_ valid: [UInt8], _ image: [UInt8], from start: UInt64) {
    guard valid != image else { return }
    var index = 0
    while index < valid.count {
      guard valid[index] != image[index] else {
        index += 1
        continue
      }
      var end = index + 1
      while end < valid.count, end < index + Self.longestRun, valid[end] != image[end] { end += 1 }
      guard runs.count < Self.mostRuns else {
        isCut = true
        return
      }
      runs.append(
        Run(
          offset: start + UInt64(index), valid: Array(valid[index..<end]),
          image: Array(image[index..<end])))
      index = end
    }
  }

  /// The runs as lines of text: offset, bytes of the valid image, bytes of the other.
  var lines: [String] {
    runs.map { "0x\(String($0.offset, radix: 16)): \(Self.hex($0.valid)) -> \(Self.hex($0.image))" }
      + (isCut ? ["and more"] : [])
      + (sizes.valid == sizes.image
        ? [] : ["size: \(sizes.valid) -> \(sizes.image) bytes"])
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
