package import VCIFormat

/// A byte source over `SparseBytes` that counts the work of its readers.
package final class SparseImage: ByteSource {
  package var bytes: SparseBytes
  /// The bytes that were requested since `resetWork()`, and 16 for each call.
  package private(set) var work: UInt64 = 0

  package init(_ bytes: SparseBytes) {
    self.bytes = bytes
  }

  package func resetWork() { work = 0 }

  package func byteCount() throws(StorageError) -> UInt64 { bytes.size }

  package func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    work += UInt64(buffer.byteCount) + 16
    return bytes.read(at: offset, into: &buffer)
  }

  package func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    work += 16
    return bytes.nextData(from: offset)
  }
}
