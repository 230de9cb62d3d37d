internal import Glibc
internal import VCIFormat
internal import VCIReference

/// A state of the disk as storage, which notes what is read of it before it is overwritten.
final class StateStorage: Storage {
  private var bytes: [UInt8] = []
  /// Of each block: whether it was noted as read, or overwritten as a whole.
  private var isKnown: [Bool] = []
  /// The blocks that were read before they were overwritten, in the order of their first read.
  private(set) var reading: [Int] = []
  /// How much may still be asked for, so that whoever asks on and on is stopped.
  private var allowance = 0

  private static let size = Int(Format.blockSize)
  private static let largest: UInt64 = 1 << 26

  /// Makes the storage hold `bytes`, of which nothing was read.
  func reset(to bytes: [UInt8]) {
    self.bytes = bytes
    isKnown = [Bool](repeating: false, count: (bytes.count + Self.size - 1) / Self.size)
    reading.removeAll(keepingCapacity: true)
    allowance = 200_000 + 64 * bytes.count
  }

  /// The bytes as they are now.
  var now: [UInt8] { bytes }

  /// Notes all blocks as read, and returns the bytes.
  func readAll() -> [UInt8] {
    for block in isKnown.indices where !isKnown[block] {
      isKnown[block] = true
      reading.append(block)
    }
    return bytes
  }

  func byteCount() throws(StorageError) -> UInt64 { UInt64(bytes.count) }

  func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    try spend(buffer.byteCount, .read, offset)
    guard offset < UInt64(bytes.count) else { return 0 }
    let start = Int(offset)
    let count = min(buffer.byteCount, bytes.count - start)
    guard count > 0 else { return 0 }
    for block in start / Self.size...(start + count - 1) / Self.size where !isKnown[block] {
      isKnown[block] = true
      reading.append(block)
    }
    let held = bytes
    unsafe buffer.copy(held.span.bytes.extracting(start..<start + count), to: 0)
    return count
  }

  func write(_ new: RawSpan, at offset: UInt64) throws(StorageError) {
    try spend(new.byteCount, .write, offset)
    let (end, overflow) = offset.addingReportingOverflow(UInt64(new.byteCount))
    guard !overflow, end <= Self.largest else { throw tooLarge(.write, offset) }
    if end > UInt64(bytes.count) { grow(to: Int(end)) }
    let start = Int(offset)
    // A block that is overwritten in part still shows what it held.
    let first = (start + Self.size - 1) / Self.size
    let last = Int(end) / Self.size
    if first < last { for block in first..<last { isKnown[block] = true } }
    bytes.withMutableBytes { $0.copy(new, to: start) }
  }

  func resize(to byteCount: UInt64) throws(StorageError) {
    try spend(0, .resize, byteCount)
    guard byteCount <= Self.largest else { throw tooLarge(.resize, byteCount) }
    let count = Int(byteCount)
    if count >= bytes.count { return grow(to: count) }
    bytes.removeLast(bytes.count - count)
    isKnown.removeLast(isKnown.count - (count + Self.size - 1) / Self.size)
  }

  func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError) {
    try spend(0, .resize, offset)
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard !overflow, end <= Self.largest else { throw tooLarge(.resize, offset) }
    if end > UInt64(bytes.count) { grow(to: Int(end)) }
  }

  func synchronize() throws(StorageError) { try spend(0, .flush, 0) }

  private func grow(to count: Int) {
    bytes.append(contentsOf: repeatElement(0, count: count - bytes.count))
    let blocks = (count + Self.size - 1) / Self.size
    isKnown.append(contentsOf: repeatElement(true, count: blocks - isKnown.count))
  }

  private func spend(
    _ count: Int, _ operation: StorageError.Operation, _ offset: UInt64
  ) throws(StorageError) {
    allowance -= count + 16
    guard allowance >= 0 else {
      throw StorageError(
        operation, offset: offset, code: EIO, reason: "more was asked of it than can be needed")
    }
  }

  private func tooLarge(
    _ operation: StorageError.Operation, _ offset: UInt64
  ) -> StorageError {
    StorageError(operation, offset: offset, code: EFBIG, reason: "too large for memory")
  }
}
