internal import Glibc
package import VCIFormat
package import VCIFuzzing
internal import VCIReference

/// Storage in memory that records what is asked of it, and can let one call fail.
package final class RecordedStorage: Storage {
  /// What was asked for so far, with the marks of `begin` and `end`.
  package private(set) var trace: DiskTrace
  private let inner: MemoryStorage
  /// The number of calls so far that may fail: all but those for the size.
  package private(set) var calls = 0
  /// The number of the call that fails with EIO, counted from 0; `nil` if none does.
  package var failingCall: Int?

  /// More than any workload needs: whoever asks on and on is stopped.
  private static let mostCalls = 500_000
  /// The most bytes that it holds.
  private static let largest: UInt64 = 1 << 26

  /// Makes storage with these bytes, all of them durable.
  package init(_ bytes: [UInt8]) {
    inner = MemoryStorage(bytes)
    trace = DiskTrace(of: bytes)
  }

  /// The bytes as they are if everything reaches the disk.
  package var bytes: [UInt8] { inner.bytes }

  /// The kind of the call that has failed; `nil` as long as none has.
  package private(set) var failedCall: DiskCall?

  /// Whether the call that is to fail was made.
  package var hasFailed: Bool { failingCall.map { $0 < calls } ?? false }

  /// Notes that an operation begins.
  package func begin(_ operation: Int) { trace.append(.begin(operation)) }

  /// Notes that an operation has returned.
  package func end(_ operation: Int) { trace.append(.end(operation)) }

  package func byteCount() throws(StorageError) -> UInt64 { try inner.byteCount() }

  package func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    try call(.read, offset)
    return try inner.read(at: offset, into: &buffer)
  }

  package func write(_ new: RawSpan, at offset: UInt64) throws(StorageError) {
    try call(.write, offset)
    let end = try end(of: UInt64(new.byteCount), from: offset, .write)
    try inner.write(new, at: offset)
    trace.append(.write(offset: offset, bytes: Array(bytes[Int(offset)..<end])))
  }

  package func resize(to byteCount: UInt64) throws(StorageError) {
    try call(.length, byteCount)
    _ = try end(of: byteCount, from: 0, .resize)
    try inner.resize(to: byteCount)
    trace.append(.setLength(byteCount))
  }

  package func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError) {
    try call(.reserve, offset)
    let end = try end(of: count, from: offset, .resize)
    guard end > bytes.count else { return }
    try inner.allocate(count, at: offset)
    trace.append(.setLength(UInt64(end)))
  }

  package func synchronize() throws(StorageError) {
    try call(.flush, 0)
    trace.append(.flush)
  }

  private func call(_ call: DiskCall, _ offset: UInt64) throws(StorageError) {
    calls += 1
    guard failingCall == calls - 1 || calls > Self.mostCalls else { return }
    failedCall = call
    throw StorageError(
      call.operation, offset: offset, code: EIO, reason: "input/output error")
  }

  private func end(
    of count: UInt64, from offset: UInt64, _ operation: StorageError.Operation
  ) throws(StorageError) -> Int {
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard !overflow, end <= Self.largest else {
      throw StorageError(operation, offset: offset, code: EFBIG, reason: "too large for memory")
    }
    return Int(end)
  }
}

extension DiskCall {
  /// What an error calls it.
  fileprivate var operation: StorageError.Operation {
    switch self {
    case .read: .read
    case .write: .write
    case .length, .reserve: .resize
    case .flush: .flush
    }
  }
}
