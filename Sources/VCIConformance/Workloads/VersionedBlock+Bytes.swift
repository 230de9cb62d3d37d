internal import VCIFormat
internal import VCIFuzzing

extension VersionedBlock {
  /// Returns the content of `count` blocks from `block` on in the write with this version.
  static func bytes(of block: UInt64, count: UInt64, version: UInt32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(count * Format.blockSize))
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    for index in 0..<count {
      VersionedBlock(block + index, version: version)
        .fill(&buffer, at: Int(index * Format.blockSize))
    }
    return bytes
  }
}
