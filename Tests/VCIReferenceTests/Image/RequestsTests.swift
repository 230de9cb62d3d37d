import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting
import VCITesting

struct `A request` {
  /// `three`, with its last extent at the last two blocks that a disk can have.
  private let image = HandmadeImage.three.changed {
    $0.putExtent(2, offset: (1 << 54) - 2, blocks: 2, address: 17, previous: 13)
  }

  private func locate(
    _ image: CacheImage, _ offset: UInt64, _ count: UInt64
  ) throws -> ReadAnswer {
    try image.locate(offset: BlockOffset(offset), count: BlockCount(count))
  }

  @Test(arguments: [CacheImage.Purpose.reading, .writing])
  func `VCI-RD-006, across 2^54 is served up to there, and is a miss from there on`(
    purpose: CacheImage.Purpose
  ) throws {
    let opened = try image.opened(purpose)
    let end: UInt64 = 1 << 54
    #expect(try locate(opened, end - 2, 5) == .hit(2))
    #expect(try locate(opened, end - 1, .max) == .hit(1))
    #expect(try locate(opened, end - 3, 5) == .miss(1))
    #expect(try locate(opened, end, 5) == .miss(5))
    #expect(try locate(opened, 14, .max) == .miss(BlockCount(end - 16)))
  }

  @Test(arguments: [CacheImage.Purpose.reading, .writing])
  func `VCI-RD-006, that passes 2^64 never wraps to the first blocks`(
    purpose: CacheImage.Purpose
  ) throws {
    let opened = try image.opened(purpose)
    #expect(try locate(opened, 0, 1) == .hit(1))
    #expect(try locate(opened, .max, 3) == .miss(3))
    #expect(try locate(opened, .max, .max) == .miss(BlockCount(.max)))
    #expect(try locate(opened, .max - 1, 20) == .miss(20))
  }

  @Test
  func `VCI-WR-005, that writes past 2^54 or 2^64 drops what lies there and nothing else`() throws {
    let opened = try image.opened(.writing)
    var losses: [Loss] = []
    #expect(try opened.put([1, 2, 3, 4], at: (1 << 54) - 1) { losses.append($0) } == 4)
    #expect(try opened.put([5, 6, 7], at: .max) { losses.append($0) } == 3)
    #expect(
      losses == [
        Loss(offset: BlockOffset(1 << 54), count: 3, cause: .dropped),
        Loss(offset: BlockOffset(.max), count: 3, cause: .dropped),
      ])
    #expect(try opened.outcome((1 << 54) - 2, 1) == "hit 17")
    #expect(try opened.outcome((1 << 54) - 1, 1) == "hit 1")
    #expect(try opened.cached(0..<15) == [0: 12, 10: 13, 11: 14, 12: 15, 13: 16])
  }

  @Test
  func `that discards past 2^54 or 2^64 removes what lies before, and nothing at the start`() throws
  {
    let opened = try image.opened(.writing)
    try opened.forget(1 << 54, .max)
    try opened.forget(.max, 20)
    #expect(!opened.information.isDirty)
    try opened.forget((1 << 54) - 1, .max)
    #expect(try opened.outcome((1 << 54) - 2, 1) == "hit 17")
    #expect(try opened.outcome((1 << 54) - 1, 1) == "miss 1")
    #expect(try opened.cached(0..<15) == [0: 12, 10: 13, 11: 14, 12: 15, 13: 16])
  }

  @Test
  func `for no blocks is an error, wherever it lies, and changes nothing`() throws {
    let storage = HookedStorage(image.bytes)
    let opened = try CacheImage.open(storage, purpose: .writing)
    for offset in [0, 5, 1 << 54, .max] as [UInt64] {
      #expect(failure { _ = try locate(opened, offset, 0) } == .emptyRequest)
      #expect(failure { try opened.put([], at: offset) } == .emptyRequest)
      #expect(failure { try opened.forget(offset, 0) } == .emptyRequest)
    }
    try opened.close()
    #expect(storage.changes == 0)
  }
}
