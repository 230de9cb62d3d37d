internal import PropertyEngine
internal import VCIFormat

/// The content of a written disk block: a function of block and version. Every word of it depends
/// on both, so that data of another block or another write is recognized.
package struct VersionedBlock {
  private let key: UInt64

  private static let stride: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// The content of disk block `block` in the write with this version.
  package init(_ block: UInt64, version: UInt32) {
    key = RandomSource.mixed(block &* Self.stride ^ RandomSource.mixed(UInt64(version)))
  }

  /// Writes the content into `buffer`, from byte `offset` on.
  package func fill(_ buffer: inout MutableRawSpan, at offset: Int) {
    var word = key
    var position = offset
    let end = offset + Int(Format.blockSize)
    while position < end {
      buffer.put(word, at: position)
      word &+= Self.stride
      position &+= 8
    }
  }

  /// Returns the content of `count` blocks from `block` on in the write with this version.
  package static func bytes(of block: UInt64, count: UInt64, version: UInt32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(count * Format.blockSize))
    bytes.withMutableBytes { span in
      for step in 0..<count {
        VersionedBlock(block + step, version: version)
          .fill(&span, at: Int(step * Format.blockSize))
      }
    }
    return bytes
  }

  /// Returns whether `bytes` has the content, from byte `offset` on.
  package func stands(in bytes: RawSpan, at offset: Int) -> Bool {
    var word = key
    var position = offset
    let end = offset + Int(Format.blockSize)
    var difference: UInt64 = 0
    while position < end {
      difference |= bytes.number(at: position) ^ word
      word &+= Self.stride
      position &+= 8
    }
    return difference == 0
  }
}
