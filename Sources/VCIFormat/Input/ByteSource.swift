/// A source of the bytes of an image: a file, memory, or a plan.
///
/// It has no way to write, so code that gets a source cannot change the image.
public protocol ByteSource: AnyObject {
  /// Returns the current number of bytes.
  ///
  /// - Throws: `StorageError` if the file cannot be read.
  func byteCount() throws(StorageError) -> UInt64

  /// Reads bytes from `offset` on until `buffer` is full or the source ends, and returns how many
  /// were read. That are fewer than the buffer holds only at the end of the source, and 0 after it.
  ///
  /// - Throws: `StorageError` if the file cannot be read.
  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(StorageError) -> Int

  /// Returns the first byte at or after `offset` that is not in a hole, or `nil` if there is none.
  ///
  /// A source that knows no holes returns `offset` itself, if that is before its end.
  ///
  /// - Throws: `StorageError` if the file cannot be read.
  func nextData(from offset: UInt64) throws(StorageError) -> UInt64?
}

extension ByteSource {
  public func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    offset < (try byteCount()) ? offset : nil
  }
}

extension ByteSource {
  /// Reads bytes from `offset` on into `bytes`, and returns how many were read.
  ///
  /// - Throws: `StorageError` if the file cannot be read.
  package func read(at offset: UInt64, into bytes: inout [UInt8]) throws(StorageError) -> Int {
    try bytes.withMutableBytes { buffer throws(StorageError) in
      try read(at: offset, into: &buffer)
    }
  }
}
