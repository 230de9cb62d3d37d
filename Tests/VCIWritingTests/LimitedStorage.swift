import Glibc
import VCIFormat
import VCIReference

/// Storage in memory on a disk that has no room left after some units: pages, or blocks.
final class LimitedStorage: Storage {
  private let inner: MemoryStorage
  private let unit: UInt64
  /// The units that are on the disk, and whether they were written.
  private var units: [UInt64: Bool] = [:]
  /// How many more units the disk gives.
  var left: Int
  /// The error by which it refuses more.
  var code: Int32
  /// Whether it tells holes from data.
  var knowsHoles = true
  /// Called with all bytes after each write.
  var onWrite: ([UInt8]) -> Void = { _ in }
  /// How often it refused.
  private(set) var refusals = 0

  /// Makes storage of `bytes`, of which units that are all zeros are holes, on a disk that gives
  /// `left` more units of so many bytes.
  init(_ bytes: [UInt8], unit: UInt64, left: Int, code: Int32 = ENOSPC) {
    inner = MemoryStorage(bytes)
    self.unit = unit
    self.left = left
    self.code = code
    for start in stride(from: 0, to: bytes.count, by: Int(unit))
    where bytes[start..<min(bytes.count, start + Int(unit))].contains(where: { $0 != 0 }) {
      units[UInt64(start) / unit] = true
    }
  }

  /// The bytes as they are.
  var bytes: [UInt8] { inner.bytes }

  /// How many units are on the disk.

  func byteCount() throws(StorageError) -> UInt64 { try inner.byteCount() }

  func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int { try inner.read(at: offset, into: &buffer) }

  func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    let end = try byteCount()
    guard knowsHoles else { return offset < end ? offset : nil }
    var place = offset
    while place < end {
      if units[place / unit] == true { return place }
      place = (place / unit + 1) * unit
    }
    return nil
  }

  func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError) {
    let end = offset + UInt64(bytes.byteCount)
    for number in offset / unit...(end - 1) / unit {
      if units[number] == nil {
        guard left > 0 else {
          // What comes before the unit that is missing is written.
          let done = Int(max(offset, number * unit) - offset)
          if done > 0 { try inner.write(bytes.extracting(first: done), at: offset) }
          throw refusal(.write, offset)
        }
        left -= 1
      }
      units[number] = true
    }
    try inner.write(bytes, at: offset)
    onWrite(inner.bytes)
  }

  func resize(to byteCount: UInt64) throws(StorageError) { try inner.resize(to: byteCount) }

  func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError) {
    let needed = (offset / unit...(offset + count - 1) / unit).filter { units[$0] == nil }
    guard needed.count <= left else { throw refusal(.resize, offset) }
    left -= needed.count
    for number in needed { units[number] = false }
    try inner.allocate(count, at: offset)
  }

  func synchronize() throws(StorageError) {}

  private func refusal(_ operation: StorageError.Operation, _ offset: UInt64) -> StorageError {
    refusals += 1
    return StorageError(operation, offset: offset, code: code, reason: "no room")
  }
}
