@testable import VCICrashing
import Testing
import VCIFormat
import VCIFuzzing
import VCIReference

struct `Storage that is recorded` {
  private func write(_ bytes: [UInt8], _ storage: RecordedStorage, at offset: UInt64) throws {
    try unsafe storage.write(bytes.span.bytes, at: offset)
  }

  @Test
  func `notes writes, lengths, flushes and marks in their order`() throws {
    let storage = RecordedStorage([1, 2])
    storage.begin(0)
    try write([7], storage, at: 3)
    try storage.resize(to: 3)
    try storage.allocate(2, at: 0)
    try storage.allocate(2, at: 4)
    try storage.synchronize()
    storage.end(0)
    #expect(
      storage.trace.events == [
        .begin(0), .write(offset: 3, bytes: [7]), .setLength(3), .setLength(6), .flush, .end(0),
      ])
    #expect(storage.trace.initial == [1, 2])
    #expect(storage.bytes == [1, 2, 0, 0, 0, 0])
    #expect(storage.trace.applied == [1, 2, 0, 0, 0, 0])
  }

  @Test
  func `lets one call fail, which changes nothing`() throws {
    let storage = RecordedStorage([1])
    storage.failingCall = 1
    try write([2], storage, at: 0)
    #expect(!storage.hasFailed)
    #expect(throws: StorageError.self) { try write([3], storage, at: 0) }
    #expect(storage.hasFailed)
    try write([4], storage, at: 1)
    #expect(storage.bytes == [2, 4])
  }
}
