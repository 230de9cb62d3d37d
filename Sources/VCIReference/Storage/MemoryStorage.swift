internal import Glibc
public import VCIFormat

/// Storage that is an array of bytes.
public final class MemoryStorage: Storage {
  public private(set) var bytes: [UInt8]

  /// Makes storage that holds `bytes`.
  public init(_ bytes: [UInt8] = []) {
    self.bytes = bytes
  }

  public func byteCount() throws(StorageError) -> UInt64 { UInt64(bytes.count) }

  public func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    guard offset < UInt64(bytes.count) else { return 0 }
    let start = Int(offset)
    let count = min(buffer.byteCount, bytes.count - start)
    let held = bytes
    unsafe buffer.copy(held.span.bytes.extracting(start..<start + count), to: 0)
    return count
  }

  public func write(_ new: RawSpan, at offset: UInt64) throws(StorageError) {
    let (end, overflow) = offset.addingReportingOverflow(UInt64(new.byteCount))
    guard !overflow else { throw tooLarge(.write, offset) }
    if end > UInt64(bytes.count) { try resize(to: end) }
    var held = bytes
    // One owner only, so that the bytes change in place.
    bytes = []
    held.withMutableBytes { $0.copy(new, to: Int(offset)) }
    bytes = held
  }

  public func resize(to byteCount: UInt64) throws(StorageError) {
    guard byteCount <= Self.limit else { throw tooLarge(.resize, byteCount) }
    let count = Int(byteCount)
    if count < bytes.count {
      bytes.removeLast(bytes.count - count)
    } else {
      bytes.append(contentsOf: repeatElement(0, count: count - bytes.count))
    }
  }

  public func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError) {
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard !overflow else { throw tooLarge(.resize, offset) }
    if end > UInt64(bytes.count) { try resize(to: end) }
  }

  public func synchronize() throws(StorageError) {}

  /// The most bytes that it holds: an image in memory is for tests.
  private static let limit: UInt64 = 1 << 32

  private func tooLarge(_ operation: StorageError.Operation, _ offset: UInt64) -> StorageError {
    StorageError(operation, offset: offset, code: EFBIG, reason: "too large for memory")
  }
}
