import Testing
import VCIFormat

@testable import VCIReference

private func run(_ first: UInt64, _ count: UInt64) -> BlockRange {
  BlockRange(BlockAddress(first), BlockCount(count))
}

/// A cache of 100 blocks with free runs of 10, 4, 4 and 20 blocks, at 10, 30, 40 and 80.
private func sample() throws -> BlockAllocator {
  try #require(
    BlockAllocator(
      blocks: 100,
      allocated: [
        (run(0, 10), .metadata), (run(20, 10), .data), (run(34, 6), .data),
        (run(44, 36), .metadata),
      ]))
}

struct `An allocator of blocks` {
  @Test
  func `has every block free at first`() {
    let allocator = BlockAllocator(blocks: 17)
    #expect(allocator.freeRuns.runs == [run(0, 17)])
    #expect(allocator.free == 17)
    #expect(allocator.metadata == 0)
    #expect(allocator.data == 0)
    #expect(allocator.rooms == 2)
    #expect(BlockAllocator(blocks: 0).largestFree == nil)
  }

  @Test
  func `counts what is allocated for metadata and for data`() throws {
    let allocator = try sample()
    #expect(allocator.freeRuns.runs == [run(10, 10), run(30, 4), run(40, 4), run(80, 20)])
    #expect(
      allocator.mapHeader == BlockMapHeader(blocks: 100, free: 38, metadata: 46, data: 16))
    #expect(allocator.rooms == 3)
  }

  @Test
  func `is not made of ranges that overlap, are empty or outside`() {
    let wrong: [[(range: BlockRange, use: SpaceUse)]] = [
      [(run(0, 4), .data), (run(3, 4), .data)], [(run(0, 0), .data)], [(run(99, 2), .data)],
      [(run(5, .max), .data)], [(run(8, 2), .data), (run(4, 2), .data)],
    ]
    for ranges in wrong { #expect(BlockAllocator(blocks: 100, allocated: ranges) == nil) }
  }

  @Test
  func `takes the smallest run that is large enough, the lowest of equal ones`() throws {
    var allocator = try sample()
    #expect(allocator.bestFit(3) == run(30, 4))
    #expect(allocator.bestFit(5) == run(10, 10))
    #expect(allocator.bestFit(11) == run(80, 20))
    #expect(allocator.bestFit(21) == nil)
    #expect(allocator.largestFree == run(80, 20))
    let ranges = [
      allocator.allocate(3, for: .data), allocator.allocate(4, for: .metadata),
      allocator.allocate(1, for: .data), allocator.allocate(21, for: .data),
    ]
    #expect(ranges == [run(30, 3), run(40, 4), run(33, 1), nil])
    #expect(
      allocator.mapHeader == BlockMapHeader(blocks: 100, free: 30, metadata: 50, data: 20))
  }

  @Test
  func `knows the lowest of the largest runs`() {
    var allocator = BlockAllocator(blocks: 21)
    allocator.take(run(10, 1), for: .data)
    #expect(allocator.largestFree == run(0, 10))
  }

  @Test
  func `F-14 grants no request of no blocks`() throws {
    var allocator = try sample()
    let range = allocator.allocate(0, for: .data)
    let isClaimed = allocator.claim(run(10, 0), for: .data)
    let isExtended = allocator.extend(run(0, 10), by: 0, for: .metadata)
    #expect(range == nil && !isClaimed && !isExtended)
    #expect(allocator.free == 38)
  }

  @Test
  func `finds the free run that has a block`() throws {
    let allocator = try sample()
    #expect(allocator.freeRun(containing: 9) == nil)
    #expect(allocator.freeRun(containing: 10) == run(10, 10))
    #expect(allocator.freeRun(containing: 19) == run(10, 10))
    #expect(allocator.freeRun(containing: 20) == nil)
    #expect(allocator.freeRun(containing: 99) == run(80, 20))
    #expect(allocator.freeRun(containing: 100) == nil)
  }

  @Test
  func `claims what is free, all or nothing`() throws {
    var allocator = try sample()
    let wrong = [
      run(8, 4), run(18, 4), run(28, 10), run(99, 2), run(99, .max), run(.max, 1), run(10, 25),
    ]
    #expect(wrong.filter { allocator.claim($0, for: .data) } == [])
    #expect(allocator.free == 38)
    let isClaimed = allocator.claim(run(12, 3), for: .data)
    #expect(isClaimed)
    #expect(allocator.freeRuns.runs.prefix(2) == [run(10, 2), run(15, 5)])
  }

  @Test
  func `extends a range by the blocks behind it where they are free`() throws {
    var allocator = try sample()
    let areExtended = [
      allocator.extend(run(20, 10), by: 5, for: .data),
      allocator.extend(run(20, 10), by: 3, for: .data),
      allocator.extend(run(20, 13), by: 1, for: .data),
      allocator.extend(run(20, 14), by: 1, for: .data),
    ]
    #expect(areExtended == [false, true, true, false])
    #expect(allocator.freeRuns.runs == [run(10, 10), run(40, 4), run(80, 20)])
    #expect(allocator.data == 20)
  }

  @Test
  func `releases a part of a range, the rest of it, and ranges that lie side by side`() throws {
    var allocator = try sample()
    allocator.release(run(24, 2), for: .data)
    #expect(allocator.freeRuns.runs.prefix(3) == [run(10, 10), run(24, 2), run(30, 4)])
    allocator.release(run(20, 4), for: .data)
    #expect(allocator.freeRuns.runs.prefix(2) == [run(10, 16), run(30, 4)])
    allocator.release(run(26, 4), for: .data)
    #expect(allocator.freeRuns.runs.first == run(10, 24))
    allocator.take(run(10, 5), for: .data)
    allocator.take(run(15, 19), for: .data)
    allocator.release(run(12, 28), for: .data)
    #expect(allocator.freeRuns.runs == [run(12, 32), run(80, 20)])
    #expect(
      allocator.mapHeader == BlockMapHeader(blocks: 100, free: 52, metadata: 46, data: 2))
    #expect(allocator.rooms == 6)
  }

  @Test
  func `ends the process where a free block is released`() async {
    await #expect(processExitsWith: .failure) {
      var allocator = BlockAllocator(blocks: 100)
      allocator.take(run(0, 10), for: .data)
      allocator.release(run(0, 10), for: .data)
      allocator.release(run(0, 10), for: .data)
    }
  }
}
