internal import CZlib

/// zlib's streams and checksums, over arrays of bytes.
public enum Zlib {
  /// The reason why a stream cannot be inflated.
  public enum Failure: String, Error, Sendable {
    /// The stream is damaged, or not a stream.
    case damaged = "the stream is damaged"
    /// The stream ends too soon.
    case truncated = "the stream is cut off"
    /// It holds more than the image has.
    case tooLong = "the stream holds more bytes than the image has"
    /// It holds less than the image has.
    case tooShort = "the stream holds fewer bytes than the image has"
    /// Bytes follow it.
    case trailing = "bytes follow the stream"
  }

  /// Returns a stream of `bytes`. Builds of zlib differ in the stream, so it must not be compared.
  public static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var count = compressBound(uLong(bytes.count))
    var stream = [UInt8](repeating: 0, count: Int(count))
    let status = unsafe bytes.withUnsafeBufferPointer { source in
      unsafe stream.withUnsafeMutableBufferPointer { target in
        unsafe compress2(
          target.baseAddress, &count, source.baseAddress, uLong(source.count),
          Z_DEFAULT_COMPRESSION)
      }
    }
    precondition(status == Z_OK, "deflating \(bytes.count) bytes ends with \(status)")
    stream.removeLast(stream.count - Int(count))
    return stream
  }

  /// Returns the `count` bytes in `stream`, and uses no more memory than for these.
  ///
  /// - Throws: `Failure` if the stream has more or fewer bytes, or if anything follows it.
  public static func inflated(_ stream: [UInt8], count: Int) throws(Failure) -> [UInt8] {
    // One more byte than needed detects a stream that is too long.
    var bytes = [UInt8](repeating: 0, count: count + 1)
    let outcome = unsafe bytes.withUnsafeMutableBufferPointer { target in
      unsafe stream.withUnsafeBufferPointer { source in
        unsafe inflate(source, into: target)
      }
    }
    if outcome.written > count { throw .tooLong }
    switch outcome.status {
    case Z_STREAM_END: break
    case Z_BUF_ERROR, Z_OK: throw .truncated
    default: throw .damaged
    }
    if outcome.rest > 0 { throw .trailing }
    if outcome.written < count { throw .tooShort }
    bytes.removeLast()
    return bytes
  }

  private static func inflate(
    _ source: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>
  ) -> (status: Int32, written: Int, rest: Int) {
    var stream = unsafe z_stream()
    unsafe stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
    unsafe stream.avail_in = uInt(source.count)
    unsafe stream.next_out = target.baseAddress
    unsafe stream.avail_out = uInt(target.count)
    // A window of 15 bits and a zlib header; a gzip stream counts as damaged.
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    guard unsafe inflateInit2_(&stream, 15, zlibVersion(), size) == Z_OK else {
      return (Z_MEM_ERROR, 0, 0)
    }
    defer { _ = unsafe inflateEnd(&stream) }
    let status = unsafe CZlib.inflate(&stream, Z_FINISH)
    let written = unsafe target.count - Int(stream.avail_out)
    return (status, written, unsafe Int(stream.avail_in))
  }

  /// Returns the CRC-32 of `bytes`, continued from `start`.
  public static func crc32(_ bytes: [UInt8], from start: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe UInt32(
        truncatingIfNeeded: CZlib.crc32_z(uLong(start), buffer.baseAddress, buffer.count))
    }
  }

  /// Returns the CRC-32 of bytes with the CRC-32 `start`, followed by `count` zeros; O(log n).
  public static func crc32(ofZeros count: UInt64, from start: UInt32) -> UInt32 {
    var crc = uLong(start)
    var run = uLong(crc32([0]))
    var length: UInt64 = 1
    var rest = count
    while rest > 0 {
      if rest & 1 == 1 { crc = crc32_combine(crc, run, Int(length)) }
      rest >>= 1
      guard rest > 0 else { break }
      run = crc32_combine(run, run, Int(length))
      length <<= 1
    }
    return UInt32(truncatingIfNeeded: crc)
  }
}
