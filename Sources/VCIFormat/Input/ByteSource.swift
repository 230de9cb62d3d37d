/// Something that holds the bytes of an image and can be read: a file, memory, a plan.
///
/// It cannot be written through, so what is handed a source provably writes nothing.
public protocol ByteSource: AnyObject {
  /// How many bytes there are now.
  ///
  /// - Throws: `StorageError` where the file fails.
  func byteCount() throws(StorageError) -> UInt64

  /// Reads bytes from `offset` on until `buffer` is full or the source ends, and answers how
  /// many were read: fewer than the buffer holds only at the end, 0 past it.
  ///
  /// - Throws: `StorageError` where the file fails.
  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(StorageError) -> Int

  /// The first byte from `offset` on that stands outside a hole, `nil` where none follows.
  ///
  /// A source that knows of no holes answers `offset` itself, inside of what it holds.
  ///
  /// - Throws: `StorageError` where the file fails.
  func nextData(from offset: UInt64) throws(StorageError) -> UInt64?
}

extension ByteSource {
  public func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    offset < (try byteCount()) ? offset : nil
  }
}

extension ByteSource {
  /// Reads into `bytes` what the source has from byte `offset` on, and returns how much that is.
  ///
  /// - Throws: `StorageError` if the file cannot be read.
  package func read(at offset: UInt64, into bytes: inout [UInt8]) throws(StorageError) -> Int {
    try bytes.withMutableBytes { buffer throws(StorageError) in
      try read(at: offset, into: &buffer)
    }
  }
}
