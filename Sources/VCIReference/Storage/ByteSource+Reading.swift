internal import VCIFormat

extension ByteSource {
  /// Reads the bytes at `offset` into `bytes`, and returns how many there were.
  func fill(_ bytes: inout [UInt8], at offset: UInt64) throws(ImageError) -> Int {
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    return try asImageError(try read(at: offset, into: &buffer))
  }

  /// Reads the bytes at `offset` into all of `bytes`.
  ///
  /// - Throws: `ImageError.fileShrank` if there are fewer, `.storage`.
  func readWhole(_ bytes: inout [UInt8], at offset: UInt64) throws(ImageError) {
    let count = try fill(&bytes, at: offset)
    guard count == bytes.count else { throw .fileShrank(atByte: offset &+ UInt64(count)) }
  }
}
