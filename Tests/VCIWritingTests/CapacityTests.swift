import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

/// What a cache should hold: the value of each block that was written and not reported as lost.
private final class Shadow {
  private(set) var values: [UInt64: UInt8] = [:]
  private(set) var losses: [Loss] = []

  /// Writes blocks of one value to image and shadow; answers how many were taken.
  @discardableResult
  func put(
    _ value: UInt8, _ count: Int, at offset: UInt64, in image: CacheImage
  ) throws -> UInt64 {
    var lost: [Loss] = []
    let bytes = [UInt8](repeating: value, count: count)
    let taken = try image.put(bytes, at: offset) { lost.append($0) }
    for block in offset..<offset + taken { values[block] = value }
    forget(lost)
    return taken
  }

  private func forget(_ lost: [Loss]) {
    losses += lost
    for loss in lost {
      for block in loss.offset.rawValue..<loss.offset.rawValue + loss.count.rawValue {
        values[block] = nil
      }
    }
  }

  /// Whether the image holds all that it should, and nothing else, of some blocks.
  func agrees(with image: CacheImage, on blocks: some Sequence<UInt64>) throws -> Bool {
    try image.cached(blocks) == values
  }
}

struct `A small cache` {
  @Test(.timeLimit(.minutes(30)))
  func `VCI-WR-005, of 21 blocks holds one block at a time, and takes every write`() throws {
    let storage = try RecordingStorage.fresh(blocks: 21)
    let image = try CacheImage.open(storage, purpose: .writing)
    var losses: [Loss] = []
    #expect(try image.put([1, 2, 3], at: 5) { losses.append($0) } == 1)
    #expect(losses.isEmpty)
    for step in 0..<200 as Range<UInt64> {
      losses = []
      #expect(try image.put([UInt8(step)], at: step * 7 + 100) { losses.append($0) } == 1)
      let before = step == 0 ? 5 : step * 7 + 93
      #expect(losses == [Loss(offset: BlockOffset(before), count: 1, cause: .evicted)])
      #expect(try image.outcome(step * 7 + 100, 1) == "hit \(step)")
      image.checkInvariants()
    }
    try image.close()
    #expect(try storage.faults == [])
    #expect(try CacheImage.open(storage, purpose: .reading).outcome(1493, 2) == "hit 199")
  }

  @Test(.timeLimit(.minutes(30)))
  func `VCI-WR-001, VCI-WR-005, that is kept full holds all that it did not report as lost`()
    throws
  {
    for blocks in [60, 400] as [BlockCount] {
      let storage = try RecordingStorage.fresh(blocks: blocks)
      var image = try CacheImage.open(storage, purpose: .writing)
      let shadow = Shadow()
      var state: UInt64 = blocks.rawValue
      for step in 0..<1500 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let taken = try shadow.put(
          UInt8(step % 251), 1 + Int((state >> 20) % 6), at: (state >> 33) % 2000, in: image)
        #expect(taken >= 1)
        if step % 500 == 499 {
          #expect(image.activity.evictions > 0 && image.activity.selfFlushes > 0)
          #expect(try shadow.agrees(with: image, on: 0..<2010))
          try image.close()
          #expect(try storage.faults == [])
          image = try CacheImage.open(storage, purpose: .writing)
          #expect(try shadow.agrees(with: image, on: 0..<2010))
        }
      }
      #expect(shadow.values.count > 20)
      #expect(shadow.losses.allSatisfy { $0.cause == .evicted })
    }
  }

  @Test
  func `VCI-WR-005, takes a part of a request that is larger than itself`() throws {
    let storage = try RecordingStorage.fresh(blocks: 100)
    let image = try CacheImage.open(storage, purpose: .writing)
    try image.put([9, 9, 9], at: 5000)
    let values = (0..<500).map { UInt8($0 % 251) }
    let taken = try image.put(values, at: 40)
    try #require(taken > 60 && taken < 88)
    let held = try image.cached(40..<540)
    #expect(held == Dictionary(uniqueKeysWithValues: (0..<taken).map { (40 + $0, UInt8($0)) }))
    #expect(try image.outcome(5000, 3) == "miss 3")
    try image.close()
    #expect(try storage.faults == [])
  }

  @Test
  func `evicts what was used least recently, in the order that the list kept`() throws {
    let storage = try RecordingStorage.fresh(blocks: 100)
    let first = try CacheImage.open(storage, purpose: .writing)
    for block in 0..<40 as Range<UInt64> { try first.put([UInt8(block)], at: block * 10) }
    #expect(try first.outcome(20, 1) == "hit 2")
    try first.close()
    let image = try CacheImage.open(storage, purpose: .writing)
    #expect(try image.outcome(0, 1) == "hit 0")
    var evicted: [UInt64] = []
    var block: UInt64 = 1000
    while evicted.count < 3 && block < 2000 {
      try image.put([1], at: block) { evicted.append($0.offset.rawValue) }
      block += 10
    }
    #expect(evicted.prefix(3) == [10, 30, 40])
    #expect(try image.outcome(20, 1) == "hit 2")
    #expect(try image.outcome(0, 1) == "hit 0")
  }

  @Test
  func `of a disk of 2^54 blocks indexes 204 windows and drops what lies beyond, with success`()
    throws
  {
    let storage = try RecordingStorage.fresh(blocks: 4096)
    let image = try CacheImage.open(storage, purpose: .writing)
    var losses: [Loss] = []
    let places = (0..<300 as Range<UInt64>).map { $0 << 45 }
    for (index, place) in places.enumerated() {
      #expect(try image.put([UInt8(index % 251)], at: place) { losses.append($0) } == 1)
    }
    image.checkInvariants()
    let lost = Set(losses.map(\.offset.rawValue))
    #expect(lost.count == 96 && losses.allSatisfy { $0.cause == .dropped && $0.count == 1 })
    #expect(image.activity.droppedBlocks == 96)
    for (index, place) in places.enumerated() {
      #expect(
        try image.outcome(place, 1) == (lost.contains(place) ? "miss 1" : "hit \(index % 251)"))
    }
    // Inside of a window that is indexed there is room still, up to the disk's last block.
    #expect(try image.put([7], at: places[0] + 4_000_000_000) == 1)
    #expect(try image.outcome(4_000_000_000, 1) == "hit 7")
    try image.close()
    #expect(try storage.faults == [])
  }

  @Test
  func `VCI-WR-001, forgets what a write that failed was to replace`() throws {
    let storage = try RecordingStorage.fresh(blocks: 40_000)
    let image = try CacheImage.open(storage, purpose: .writing)
    try image.put([UInt8](repeating: 1, count: 5000), at: 10)
    var writes = 0
    storage.isBroken = { offset, count in
      writes += offset >= 30 * 512 && count != 4096 ? 1 : 0
      return writes > 1
    }
    let bytes = [UInt8](repeating: 2, count: 4990)
    guard case .storage = failure({ try image.put(bytes, at: 15) }) else {
      Issue.record("a write that fails succeeds")
      return
    }
    storage.isBroken = { _, _ in false }
    #expect(try image.outcome(14, 1) == "hit 1")
    #expect(try image.outcome(15, 5000) == "miss 4990")
    #expect(try image.outcome(5005, 1) == "hit 1")
    try image.close()
    #expect(try storage.faults == [])
  }
}

struct `A deep tree` {
  @Test(arguments: 1...16)
  func `VCI-WR-001, of any depth takes what is written and forgets what is discarded`(
    levels: Int
  ) throws {
    let storage = RecordingStorage(HandmadeImage.chain(levels: levels).bytes)
    #expect(try storage.faults == [])
    let image = try CacheImage.open(storage, purpose: .writing)
    var losses = 0
    try image.put([1, 2], at: 5) { _ in losses += 1 }
    try image.put([3], at: 1 << 40) { _ in losses += 1 }
    try image.put([4], at: 0) { _ in losses += 1 }
    try image.forget(6, 1) { _ in losses += 1 }
    image.checkInvariants()
    #expect(losses == 0)
    let expected: [UInt64: UInt8] = [0: 4, 5: 1, 1 << 40: 3]
    #expect(try image.cached([0, 1, 5, 6, 1 << 40]) == expected)
    try image.close()
    #expect(try storage.faults == [])
    let again = try CacheImage.open(storage, purpose: .reading)
    #expect(try again.cached([0, 1, 5, 6, 1 << 40]) == expected)
  }
}
