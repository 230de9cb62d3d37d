import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

/// What each disk block holds, as far as it must be cached: a byte that all of its bytes are.
private struct Shadow {
  var held: [UInt64: UInt8] = [:]

  mutating func lose(_ loss: Loss) { forget(loss.offset.rawValue, loss.count.rawValue) }

  mutating func forget(_ offset: UInt64, _ count: UInt64) {
    for block in offset..<offset + count { held[block] = nil }
  }

  /// Whether `image` answers as it must, for disk blocks before `end`.
  func agrees(with image: CacheImage, before end: UInt64) throws -> Bool {
    for block in 0..<end {
      var bytes = [UInt8](repeating: 0xaa, count: 512)
      var span = bytes.mutableSpan
      var buffer = unsafe span.mutableBytes
      let answer = try image.read(offset: BlockOffset(block), count: 1, into: &buffer)
      switch held[block] {
      case nil: guard answer == .miss(1) else { return false }
      case let value?:
        guard answer == .hit(1), bytes.allSatisfy({ $0 == value }) else { return false }
      }
    }
    return true
  }
}

/// Numbers that look drawn, the same in each run.
private struct Numbers {
  private var state: UInt64 = 1

  mutating func next(below bound: UInt64) -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 33) % bound
  }
}

struct `What a writer owes` {
  private static let end: UInt64 = 300

  /// A cache of 4096 blocks, or of as few as a file says: its header and map are typed by hand.
  private func fresh(_ blocks: UInt64 = 4096) -> [UInt8] {
    HandmadeImage().changed {
      // Map and root stay where they are: 2 blocks of map suffice up to 4096.
      $0.put(blocks, width: 8, at: 8)
      $0.put(blocks, width: 8, at: 1032)
      $0.put(blocks - 12, width: 8, at: 1040)
    }.bytes
  }

  private func write(
    _ value: UInt8, _ offset: UInt64, _ count: UInt64, to image: CacheImage,
    _ shadow: inout Shadow
  ) throws {
    let bytes = [UInt8](repeating: value, count: Int(count) * 512)
    // What is evicted is what was there before; what is dropped may be what was written.
    var dropped: [Loss] = []
    let taken = try unsafe image.write(bytes.span.bytes, at: BlockOffset(offset)) {
      if $0.cause == .evicted { shadow.lose($0) } else { dropped.append($0) }
    }
    #expect(taken >= 1 && taken.rawValue <= count)
    for block in offset..<offset + taken.rawValue { shadow.held[block] = value }
    for loss in dropped { shadow.lose(loss) }
  }

  /// Writes and discards of up to 12 blocks; answers what must be cached.
  private func work(on image: CacheImage, _ steps: Int) throws -> Shadow {
    var shadow = Shadow()
    var numbers = Numbers()
    for step in 0..<steps {
      let offset = numbers.next(below: Self.end - 12)
      let count = 1 + numbers.next(below: 12)
      if numbers.next(below: 5) == 0 {
        shadow.forget(offset, count)
        try image.discard(offset: BlockOffset(offset), count: BlockCount(count)) {
          shadow.lose($0)
        }
      } else {
        try write(UInt8(step % 200), offset, count, to: image, &shadow)
      }
      image.checkInvariants()
    }
    return shadow
  }

  @Test(arguments: [64, 200, 4096] as [UInt64])
  func `VCI-WR-001, what is closed is valid and clean, and holds the newest bytes`(
    blocks: UInt64
  ) throws {
    let storage = HookedStorage(fresh(blocks))
    let image = try CacheImage.open(storage, purpose: .writing)
    let shadow = try work(on: image, 300)
    try image.close()
    #expect(storage.durable == storage.bytes)
    #expect(storage.bytes[16] == 0)
    // Opened for writing, everything is checked, and whatever disagrees would be mended at close.
    let again = HookedStorage(storage.durable)
    let reopened = try CacheImage.open(again, purpose: .writing)
    #expect(try shadow.agrees(with: reopened, before: Self.end))
    try reopened.close()
    #expect(again.changes == 0)
    let read = try CacheImage.open(again, purpose: .reading)
    #expect(try shadow.agrees(with: read, before: Self.end))
  }

  @Test(arguments: [21, 22, 40, 64] as [UInt64])
  func `VCI-WR-005, a full cache evicts and goes on, and tells of each block`(
    blocks: UInt64
  ) throws {
    let image = try CacheImage.open(HookedStorage(fresh(blocks)), purpose: .writing)
    var shadow = Shadow()
    for step in 0..<200 as Range<UInt64> {
      try write(UInt8(step % 251), step * 3 % Self.end, 1, to: image, &shadow)
      #expect(shadow.held[step * 3 % Self.end] != nil, "the newest block is not cached")
    }
    #expect(image.activity.evictedBlocks > 0)
    #expect(image.activity.selfFlushes > 0)
    #expect(try shadow.agrees(with: image, before: Self.end))
  }

  @Test
  func `VCI-WR-005, a request larger than the cache is taken in part`() throws {
    let image = try CacheImage.open(HookedStorage(fresh(64)), purpose: .writing)
    let bytes = [UInt8](repeating: 9, count: 100 * 512)
    let taken = try unsafe image.write(bytes.span.bytes, at: 50)
    #expect(taken >= 1 && taken < 64)
    #expect(try image.locate(offset: 50, count: 1) == .hit(1))
  }

  @Test(arguments: [CacheImage.Purpose.reading, .information, .writing])
  func `VCI-WR-007, a cache that agrees with another state of the disk is refused`(
    purpose: CacheImage.Purpose
  ) throws {
    let disk = ImageUUID(high: 7, low: 8)
    let storage = HookedStorage(HandmadeImage.three.bytes)
    #expect(throws: ImageError.notUpToDate(expected: disk, found: .nil)) {
      try CacheImage.open(storage, purpose: purpose, expecting: disk)
    }
    #expect(storage.changes == 0)
    _ = try CacheImage.open(storage, purpose: purpose, expecting: .nil)
    _ = try CacheImage.open(storage, purpose: purpose)
  }

  @Test
  func `VCI-WR-007, a crash between the new UUID and the disk's leaves a cache that is refused`()
    throws
  {
    let (old, new) = (ImageUUID.nil, ImageUUID(high: 7, low: 8))
    let storage = HookedStorage(HandmadeImage.three.bytes)
    let image = try CacheImage.open(storage, purpose: .writing, expecting: old)
    try image.setModificationUUID(new)
    let crashed = MemoryStorage(storage.durable)
    #expect(throws: ImageError.notUpToDate(expected: old, found: new)) {
      try CacheImage.open(crashed, purpose: .reading, expecting: old)
    }
    _ = try CacheImage.open(crashed, purpose: .writing, expecting: new)
    #expect(image.information.modificationUUID == new)
  }

  @Test
  func `F-47 a request that counts bytes is whole blocks or refused`() throws {
    #expect(try BlockOffset(bytes: 1_536) == 3)
    #expect(try BlockCount(bytes: 0) == 0)
    for bytes in [1, 511, 513, UInt64.max] {
      #expect(throws: ImageError.partialBlock(bytes: bytes)) { try BlockOffset(bytes: bytes) }
      #expect(throws: ImageError.partialBlock(bytes: bytes)) { try BlockCount(bytes: bytes) }
    }
    let image = try CacheImage.open(HookedStorage(fresh()), purpose: .writing)
    for count in [1, 511, 513] {
      let bytes = [UInt8](repeating: 1, count: count)
      #expect(throws: ImageError.partialBlock(bytes: UInt64(count))) {
        try unsafe image.write(bytes.span.bytes, at: 0)
      }
    }
    #expect(try image.locate(offset: 0, count: 4) == .miss(4))
    #expect(!image.information.isDirty)
  }

  @Test
  func `a close that fails ends the image, and leaves it dirty`() throws {
    let storage = HookedStorage(HandmadeImage.three.bytes)
    let image = try CacheImage.open(storage, purpose: .writing)
    let block = [UInt8](repeating: 1, count: 512)
    _ = try unsafe image.write(block.span.bytes, at: 5)
    storage.before = { call throws(StorageError) in
      if !call.isReading { throw StorageError(.write, code: 5, reason: "stubborn") }
    }
    let error = #expect(throws: ImageError.self) { try image.close() }
    guard case .storage? = error else {
      Issue.record("\(String(describing: error)) is no failure of the storage")
      return
    }
    #expect(image.purpose == nil)
    #expect(image.information.isDirty)
    #expect(throws: ImageError.closed) { try image.flush() }
    let again = try CacheImage.open(MemoryStorage(storage.bytes), purpose: .writing)
    #expect(again.information.isDirty)
    #expect(try again.locate(offset: 10, count: 4) == .hit(4))
  }

  @Test
  func `a reopening that fails to write leaves a writer that is open`() throws {
    let storage = HookedStorage(HandmadeImage.three.bytes)
    let image = try CacheImage.open(storage, purpose: .writing)
    let block = [UInt8](repeating: 1, count: 512)
    _ = try unsafe image.write(block.span.bytes, at: 5)
    storage.before = { call throws(StorageError) in
      if !call.isReading { throw StorageError(.write, code: 5, reason: "stubborn") }
    }
    #expect(throws: ImageError.self) { try image.reopen(for: .reading) }
    #expect(image.purpose == .writing)
    #expect(try image.locate(offset: 10, count: 4) == .hit(4))
  }
}
