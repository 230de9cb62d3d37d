internal import Glibc
package import VCIFormat

/// The bytes of a file as they are in memory: what is written stays there, and the file as it is.
///
/// So each run of a measurement begins with the same image, and none waits for a disk.
package final class PrivateMapping: Storage {
  private let bytes: UnsafeMutableRawBufferPointer

  /// Maps a file.
  package init(ofFileAt path: String) throws {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw StorageError(.open, code: errno, reason: path) }
    defer { _ = Glibc.close(file) }
    let count = Int(lseek(file, 0, SEEK_END))
    let mapping = mmap(
      nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file, 0)
    guard let mapping = mapping, mapping != MAP_FAILED else {
      throw StorageError(.open, code: errno, reason: path)
    }
    bytes = UnsafeMutableRawBufferPointer(start: mapping, count: count)
  }

  deinit { if let start = bytes.baseAddress { munmap(start, bytes.count) } }

  package func byteCount() throws(StorageError) -> UInt64 { UInt64(bytes.count) }

  package func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    guard offset < UInt64(bytes.count) else { return 0 }
    let start = Int(offset)
    let count = min(buffer.byteCount, bytes.count - start)
    buffer.withUnsafeMutableBytes {
      $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
    }
    return count
  }

  package func write(_ new: RawSpan, at offset: UInt64) throws(StorageError) {
    let start = Int(offset)
    guard start + new.byteCount <= (bytes.count) else {
      throw StorageError(.write, offset: offset, code: EFBIG, reason: "a mapping does not grow")
    }
    new.withUnsafeBytes { source in
      UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + source.count])
        .copyMemory(from: source)
    }
  }

  package func resize(to byteCount: UInt64) throws(StorageError) {
    guard byteCount != (bytes.count) else { return }
    throw StorageError(.resize, code: EFBIG, reason: "a mapping does not grow")
  }

  package func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError) {}
  package func synchronize() throws(StorageError) {}
}
