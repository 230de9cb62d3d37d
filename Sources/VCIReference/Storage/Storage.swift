public import VCIFormat

/// A byte source that can be written: what an image is created in.
public protocol Storage: ByteSource {
  /// Writes all of `bytes` at byte `offset`, and lets the storage grow as far as they reach.
  ///
  /// - Throws: `StorageError` where the file fails.
  func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError)

  /// Cuts the storage, or lets it grow by zeros, to `byteCount` bytes.
  ///
  /// - Throws: `StorageError` where the file fails.
  func resize(to byteCount: UInt64) throws(StorageError)

  /// Takes space for `count` bytes from `offset` on, so that writing there cannot run out of it.
  ///
  /// - Throws: `StorageError` where the file fails, most of all where the disk is full.
  func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError)

  /// Returns once everything that was written survives a crash.
  ///
  /// - Throws: `StorageError` where the file fails.
  func synchronize() throws(StorageError)
}
