import Glibc
import VCIChecker
import VCIFormat
import VCIReference

/// Storage in memory that notes writes and flushes in their order, and fails where it is told to.
final class RecordingStorage: Storage {
  /// What was asked for.
  enum Event: Equatable {
    /// Bytes were written from a byte on.
    case write(offset: UInt64, bytes: [UInt8])
    /// All that was written before is durable.
    case synchronize
  }

  /// More than any test needs: whoever writes on and on is stopped.
  private static let mostEvents = 100_000

  private let inner: MemoryStorage
  /// What was asked for so far.
  private(set) var events: [Event] = []
  /// Whether a write of so many bytes at a byte fails for want of space.
  var isFull: (UInt64, Int) -> Bool = { _, _ in false }
  /// Whether a write of so many bytes at a byte fails for another reason.
  var isBroken: (UInt64, Int) -> Bool = { _, _ in false }
  /// Whether every flush fails from now on.
  var losesFlushes = false

  init(_ bytes: [UInt8]) { inner = MemoryStorage(bytes) }

  /// The bytes as they are.
  var bytes: [UInt8] { inner.bytes }

  /// The writes, in their order.
  var writes: [(offset: UInt64, count: Int)] {
    events.compactMap {
      if case .write(let offset, let bytes) = $0 { (offset, bytes.count) } else { nil }
    }
  }

  /// How many flushes there were.

  func byteCount() throws(StorageError) -> UInt64 { try inner.byteCount() }

  func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int { try inner.read(at: offset, into: &buffer) }

  func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError) {
    if isFull(offset, bytes.byteCount) {
      throw StorageError(.write, offset: offset, code: ENOSPC, reason: "no space left on device")
    }
    if isBroken(offset, bytes.byteCount) || events.count >= Self.mostEvents {
      throw StorageError(.write, offset: offset, code: EIO, reason: "input/output error")
    }
    var copy: [UInt8] = []
    copy.reserveCapacity(bytes.byteCount)
    for index in 0..<bytes.byteCount {
      copy.append(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
    }
    events.append(.write(offset: offset, bytes: copy))
    try inner.write(bytes, at: offset)
  }

  func resize(to byteCount: UInt64) throws(StorageError) { try inner.resize(to: byteCount) }

  func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError) {
    try inner.allocate(count, at: offset)
  }

  func synchronize() throws(StorageError) {
    if losesFlushes {
      throw StorageError(.flush, code: EIO, reason: "input/output error")
    }
    events.append(.synchronize)
  }
}

extension RecordingStorage {
  /// An empty cache of so many blocks.
  static func fresh(blocks: BlockCount) throws -> RecordingStorage {
    let storage = MemoryStorage()
    let plan = try CacheImage.Plan(
      blocks: blocks, type: .dynamic, imageUUID: ImageUUID(high: 1, low: 2))
    try CacheImage.create(in: storage, plan)
    return RecordingStorage(storage.bytes)
  }

  /// The rules that the image breaks, except advice: none if it is clean.
  var faults: [Rule] {
    get throws {
      try Checker().check(self).findings.filter { $0.ruleClass != .advice }.map(\.rule)
    }
  }
}
