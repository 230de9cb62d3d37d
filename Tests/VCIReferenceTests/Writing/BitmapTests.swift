import Glibc
import Testing
import VCIFormat

@testable import VCIReference

private func run(_ first: UInt64, _ count: UInt64) -> BlockRange {
  BlockRange(BlockAddress(first), BlockCount(count))
}

/// Storage that knows which of its blocks were never written, notes writes, and can fail one.
private final class NotingStorage: Storage {
  private let inner: MemoryStorage
  private let size: UInt64
  /// The blocks that are no hole.
  private var written: Set<UInt64> = []
  /// What was written: `block+count`.
  private(set) var writes: [String] = []
  private(set) var bytesRead = 0
  /// The block at which a write fails.
  var badBlock: UInt64?

  /// Holes, but for `bytes` at the start of block `block`; `size` blocks long.
  init(_ bytes: [UInt8] = [], at block: UInt64 = 0, size: UInt64) throws {
    inner = MemoryStorage()
    self.size = size * 512
    guard !bytes.isEmpty else { return }
    try unsafe inner.write(bytes.span.bytes, at: block * 512)
    written = Set(block...block + UInt64(bytes.count - 1) / 512)
  }

  func bytes(of block: UInt64) -> [UInt8] {
    Array(inner.bytes.dropFirst(Int(block * 512)).prefix(512))
  }

  func byteCount() throws(StorageError) -> UInt64 { size }

  func read(
    at offset: UInt64, into buffer: inout MutableRawSpan
  ) throws(StorageError) -> Int {
    let count = Int(min(UInt64(buffer.byteCount), size - min(size, offset)))
    for place in 0..<count { buffer.put(0 as UInt8, at: place) }
    _ = try inner.read(at: offset, into: &buffer)
    bytesRead += count
    return count
  }

  func nextData(from offset: UInt64) throws(StorageError) -> UInt64? {
    written.contains(offset / 512)
      ? offset : written.filter { $0 > offset / 512 }.min().map { $0 * 512 }
  }

  func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError) {
    let blocks = offset / 512..<(offset + UInt64(bytes.byteCount) + 511) / 512
    if let badBlock, blocks.contains(badBlock) {
      throw StorageError(.write, offset: offset, code: EIO, reason: "input/output error")
    }
    writes.append("\(offset / 512)+\(blocks.count)")
    written.formUnion(blocks)
    try inner.write(bytes, at: offset)
  }

  func resize(to byteCount: UInt64) throws(StorageError) {}
  func allocate(_ count: UInt64, at offset: UInt64) throws(StorageError) {}
  func synchronize() throws(StorageError) {}
}

struct `Comparing a bitmap` {
  @Test
  func `reads a large map in pieces, and no hole of it`() throws {
    // 2^26 blocks: 8 MiB of bits, of which the first block's and one in the middle are there.
    let blocks: UInt64 = 1 << 26
    let map = BlockRange(2, Format.mapBlocks(for: BlockCount(blocks)))
    let storage = try NotingStorage([0x03], at: 3, size: 1 << 31)
    let middle: [UInt8] = [0x00, 0xf0]
    try unsafe storage.write(middle.span.bytes, at: (3 + 8192) * 512)
    var allocator = BlockAllocator(blocks: BlockCount(blocks))
    allocator.take(run(0, 2), for: .metadata)
    // Byte 1 of the bitmap's block 8192 has the bits of blocks 2^25 + 8 and on.
    allocator.take(run((1 << 25) + 12, 4), for: .data)
    #expect(try allocator.agrees(with: storage, map: map))
    #expect(storage.bytesRead == 2 * 65536)
    allocator.take(run((1 << 25) + 11, 1), for: .data)
    #expect(try !allocator.agrees(with: storage, map: map))
  }

  @Test
  func `sees one bit of difference in the last block of the bitmap`() throws {
    // 4097 blocks: the last bit is the first of the bitmap's second block.
    let bits = [UInt8](repeating: 0xff, count: 511) + [0x7f, 0x00]
    let storage = try NotingStorage(bits, at: 3, size: 6)
    var allocator = BlockAllocator(blocks: 4097)
    allocator.take(run(0, 4095), for: .data)
    #expect(try allocator.agrees(with: storage, map: run(2, 3)))
    allocator.take(run(4096, 1), for: .data)
    #expect(try !allocator.agrees(with: storage, map: run(2, 3)))
  }
}

struct `Saving a bitmap` {
  @Test
  func `writes the blocks that differ, and nothing where none does`() throws {
    // 5 blocks of bits, of which the last has 100.
    let blocks: UInt64 = 4 * 4096 + 100
    let map = run(2, 6)
    let storage = try NotingStorage([0xff], at: 3, size: 8)
    var allocator = BlockAllocator(blocks: BlockCount(blocks))
    allocator.take(run(0, 8), for: .metadata)
    #expect(try allocator.agrees(with: storage, map: map))
    try allocator.save(to: storage, map: map)
    #expect(storage.writes == [])
    allocator.take(run(4 * 4096 + 98, 2), for: .data)
    allocator.take(run(4095, 2), for: .data)
    #expect(try !allocator.agrees(with: storage, map: map))
    try allocator.save(to: storage, map: map)
    #expect(storage.writes == ["3+2", "7+1"])
    #expect(storage.bytes(of: 3) == [0xff] + [UInt8](repeating: 0, count: 510) + [0x80])
    #expect(storage.bytes(of: 4) == [0x01] + [UInt8](repeating: 0, count: 511))
    let last = [UInt8](repeating: 0, count: 12) + [0x0c] + [UInt8](repeating: 0, count: 499)
    #expect(storage.bytes(of: 7) == last)
    #expect(try allocator.agrees(with: storage, map: map))
    try allocator.save(to: storage, map: map)
    #expect(storage.writes.count == 2)
  }

  @Test
  func `clears bits of free blocks and those past the end`() throws {
    let storage = try NotingStorage([0xff, 0xff, 0x55], at: 3, size: 4)
    var allocator = BlockAllocator(blocks: 13)
    allocator.take(run(5, 7), for: .data)
    #expect(try !allocator.agrees(with: storage, map: run(2, 2)))
    try allocator.save(to: storage, map: run(2, 2))
    #expect(storage.bytes(of: 3) == [0xe0, 0x0f] + [UInt8](repeating: 0, count: 510))
  }

  @Test
  func `VCI-MAP-006 agrees whatever the bits past the end are, and clears them when it writes`()
    throws
  {
    let storage = try NotingStorage([0xff, 0x3f, 0x80], at: 3, size: 4)
    var allocator = BlockAllocator(blocks: 13)
    allocator.take(run(0, 13), for: .data)
    #expect(try allocator.agrees(with: storage, map: run(2, 2)))
    #expect(storage.writes == [])
    try allocator.save(to: storage, map: run(2, 2))
    #expect(storage.bytes(of: 3) == [0xff, 0x1f] + [UInt8](repeating: 0, count: 510))
    allocator.release(run(12, 1), for: .data)
    #expect(try !allocator.agrees(with: storage, map: run(2, 2)))
  }

  @Test
  func `F-24 tells of a block in the middle that cannot be written`() throws {
    let storage = try NotingStorage(size: 8)
    var allocator = BlockAllocator(blocks: BlockCount(5 * 4096))
    for block in [0, 2, 4] as [UInt64] { allocator.take(run(block * 4096, 1), for: .data) }
    storage.badBlock = 5
    let expected = StorageError(
      .write, offset: 5 * 512, code: EIO, reason: "input/output error")
    #expect(throws: expected) { try allocator.save(to: storage, map: run(2, 6)) }
    #expect(storage.writes == ["3+1"])
  }

  @Test
  func `writes the counters, and leaves the header's reserved bytes`() throws {
    var bytes = [UInt8](repeating: 0xab, count: 512)
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    BlockMapHeader(blocks: 20, free: 0, metadata: 0, data: 0).encode(into: &buffer)
    let storage = try NotingStorage(bytes, at: 2, size: 4)
    var allocator = BlockAllocator(blocks: 20)
    allocator.take(run(0, 12), for: .metadata)
    allocator.take(run(13, 3), for: .data)
    try allocator.saveCounters(to: storage, map: run(2, 2))
    let stored = storage.bytes(of: 2)
    #expect(
      Array(stored.prefix(40)) == [
        0x56, 0x42, 0x4c, 0x4b, 1, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0,
        12, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
      ])
    #expect(stored.dropFirst(40).allSatisfy { $0 == 0xab })
    try allocator.saveCounters(to: storage, map: run(2, 2))
    #expect(storage.writes == ["2+1"])
  }
}
