internal import VCIFormat

/// Reads bytes from `offset` on into all of `bytes`; answers how many there were.
func fill(
  _ bytes: inout [UInt8], from source: any ByteSource, at offset: UInt64
) throws(ImageError) -> Int {
  do throws(StorageError) {
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    return try source.read(at: offset, into: &buffer)
  } catch {
    throw .storage(error)
  }
}

/// Reads at least the first `needed` of the bytes at `offset` into `bytes`.
///
/// - Throws: `ImageError.fileShrank` where there are fewer, `.storage`.
func readWhole(
  _ bytes: inout [UInt8], from source: any ByteSource, at offset: UInt64, needed: Int
) throws(ImageError) {
  let count = try fill(&bytes, from: source, at: offset)
  guard count >= needed else { throw .fileShrank(atByte: offset &+ UInt64(count)) }
}
