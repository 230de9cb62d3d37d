public import VCIFormat

/// A byte source that can be written: what an image is created in.
public protocol Storage: ByteSource {
  /// Writes all of `bytes` at byte `offset`; the storage grows if they reach past its end.
  ///
  /// - Throws: `StorageError` if the file fails.
  func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError)

  /// Cuts the storage to `byteCount` bytes, or extends it by zeros.
  ///
  /// - Throws: `StorageError` if the file fails.
  func resize(to byteCount: UInt64) throws(StorageError)

  /// Reserves space for `count` bytes at `offset`, so that a write there cannot run out of it.
  ///
  /// - Throws: `StorageError` if the file fails, above all if the disk is full.
  func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError)

  /// Returns once everything that was written would survive a crash.
  ///
  /// - Throws: `StorageError` if the file fails.
  func synchronize() throws(StorageError)
}
