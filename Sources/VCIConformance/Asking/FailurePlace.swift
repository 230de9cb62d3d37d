internal import VCIFormat

/// Where a failure shows: blocks that it is about, and bytes that differ.
package struct FailurePlace: Codable, Hashable, Sendable {
  /// The blocks of the disk that were answered wrongly; `nil` if the answer is not about blocks.
  package var disk: Range<UInt64>?
  /// The blocks of the file that show it; `nil` if there are none.
  package var file: Range<UInt64>?
  /// The first bytes that differ, of what came and of what was expected.
  package var bytes: [Matrix.Bytes] = []

  init(
    disk: Range<UInt64>? = nil, file: Range<UInt64>? = nil, bytes: Matrix.Bytes? = nil
  ) {
    (self.disk, self.file, self.bytes) = (disk, file, bytes.map { [$0] } ?? [])
  }

  /// Makes the place of evidence that is bytes of the image; `nil` of any other.
  init?(_ evidence: KitEvidence?) {
    switch evidence {
    case .image(let offset, let length), .rejected(let offset, let length):
      file = Self.blocks(at: offset, max(1, length))
    case .change(let offset?): file = Self.blocks(at: offset, 1)
    case .cached(let block):
      disk = block.block..<block.block + 1
      file = Self.blocks(at: block.offset, 1)
    case .output, .list, .change(nil), .leftBehind, .target, .smaller, .allocated, nil: return nil
    }
  }

  /// Returns the blocks of the file that hold these bytes; `nil` if 64 bits cannot count them.
  private static func blocks(at offset: UInt64, _ length: UInt64) -> Range<UInt64>? {
    let (end, overflows) = offset.addingReportingOverflow(length)
    guard !overflows else { return nil }
    return offset / Format.blockSize..<(end - 1) / Format.blockSize + 1
  }
}

extension Matrix.Bytes {
  /// The most bytes of a place.
  private static let most = 16

  /// Makes the first bytes in which what came differs from what is right, from a multiple of 16 on;
  /// `nil` if they are equal. `name` says what they are the bytes of.
  init?(of name: String, right: [UInt8], found: [UInt8]) {
    let index = zip(right, found).enumerated().first { $1.0 != $1.1 }?.offset
    guard let index = index ?? (found.count < right.count ? found.count : nil) else { return nil }
    let start = index / Self.most * Self.most
    place = "\(name), byte \(start)"
    expected = Self.hex(right.dropFirst(start).prefix(Self.most))
    got = Self.hex(found.dropFirst(start).prefix(Self.most))
  }

  /// The bytes in hexadecimal, as a matrix has them.
  static func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
