import Testing
import VCIFormat

@testable import VCIReference

/// A space of 100 blocks: header and map in 4, a node at 8, data at 20 to 29, known to the file.
private func sample() -> BlockSpace {
  var allocator = BlockAllocator(blocks: 100)
  allocator.take(BlockRange(0, 4), for: .metadata)
  allocator.take(BlockRange(8, 8), for: .metadata)
  allocator.take(BlockRange(20, 10), for: .data)
  return BlockSpace(allocator)
}

struct `The space of an image that is open for writing` {
  @Test
  func `keeps a node of the durable tree until a newer tree is durable`() {
    var space = sample()
    // Free are 4 blocks at 4, 4 at 16 and 70 at 30.
    #expect(space.rooms == 8)
    space.releaseNode(at: 8)
    #expect(space.rooms == 8)
    #expect(space.oldNodeCount == 1)
    #expect(space.waits)
    #expect(space.allocator.freeRun(containing: 8) == nil)
    #expect(space.allocator.metadata == 12)
    space.settle()
    // 4 to 19 are one run: two nodes.
    #expect(space.allocator.freeRun(containing: 8) == BlockRange(4, 16))
    #expect(space.rooms == 10)
    #expect(space.oldNodeCount == 0)
    #expect(!space.waits)
    #expect(space.allocator.metadata == 4)
  }

  @Test
  func `gives back a node at once that no durable tree names`() {
    var space = sample()
    #expect(space.placeNode() == 30)
    #expect(space.rooms == 7)
    #expect(space.allocator.metadata == 20)
    space.releaseNode(at: 30)
    #expect(space.rooms == 8)
    #expect(space.allocator.metadata == 12)
    #expect(!space.waits)
  }

  @Test
  func `keeps a node that was placed before the last flush`() {
    var space = sample()
    #expect(space.placeNode() == 30)
    space.settle()
    space.releaseNode(at: 30)
    #expect(space.allocator.freeRun(containing: 30) == nil)
    #expect(space.oldNodeCount == 1)
    #expect(space.placeNode() == 38)
  }

  @Test
  func `places nodes where they fit best`() {
    var space = sample()
    space.takeData(BlockRange(30, 20))
    space.takeData(BlockRange(59, 41))
    #expect(space.placeNode() == 50)
    #expect(space.rooms == 0)
  }

  @Test
  func `parts released data into what is free at once and what waits`() {
    var space = sample()
    // Data that follows the durable data, which begins in front of it.
    space.extendData(BlockRange(20, 10), by: 6)
    #expect(space.allocator.data == 16)
    #expect(space.allocator.freeRun(containing: 30) == nil)
    space.releaseData(BlockRange(26, 7))
    #expect(space.oldDataBlocks == 4)
    #expect(space.allocator.data == 13)
    #expect(space.allocator.freeRun(containing: 29) == nil)
    #expect(space.allocator.freeRun(containing: 30) == BlockRange(30, 3))
    #expect(space.allocator.freeRun(containing: 33) == nil)
    space.settle()
    #expect(space.oldDataBlocks == 0)
    #expect(space.allocator.data == 9)
    #expect(space.allocator.freeRun(containing: 30) == BlockRange(26, 7))
    // What was fresh is durable now.
    space.releaseData(BlockRange(33, 3))
    #expect(space.oldDataBlocks == 3)
    #expect(space.allocator.freeRun(containing: 33) == nil)
  }

  @Test
  func `ends the process where data is to grow into what is not free`() async {
    await #expect(processExitsWith: .failure) {
      var space = BlockSpace(BlockAllocator(blocks: 20))
      space.takeData(BlockRange(0, 4))
      space.takeData(BlockRange(5, 4))
      space.extendData(BlockRange(0, 4), by: 2)
    }
  }

  /// What is known of a block in a plain model of the space.
  private enum Use { case free, fresh, durable, old }

  @Test
  func `takes no block that the durable tree names, in thousands of operations`() {
    for seed in 1...2 as ClosedRange<UInt64> {
      var draws = Draws(seed: seed)
      var space = BlockSpace(BlockAllocator(blocks: 400))
      var uses = [Use](repeating: .free, count: 400)
      var taken: [BlockRange] = []
      for _ in 0..<1500 {
        switch draws.below(9) {
        case 0:
          space.settle()
          for block in uses.indices {
            if uses[block] == .old { uses[block] = .free }
            if uses[block] == .fresh { uses[block] = .durable }
          }
        case 1...4:
          let count = 1 + draws.below(12)
          guard let run = space.allocator.bestFit(BlockCount(UInt64(count))) else { continue }
          let data = BlockRange(run.first, BlockCount(UInt64(count)))
          let range = Range(data)
          #expect(uses[range].allSatisfy { $0 == .free })
          for block in range { uses[block] = .fresh }
          space.takeData(data)
          taken.append(data)
        default:
          guard !taken.isEmpty else { continue }
          let whole = Range(taken.remove(at: draws.below(taken.count)))
          let part = draws.part(of: whole)
          for block in part { uses[block] = uses[block] == .fresh ? .free : .old }
          for rest in [whole.lowerBound..<part.lowerBound, part.upperBound..<whole.upperBound]
          where !rest.isEmpty {
            taken.append(rest.run)
          }
          space.releaseData(part.run)
        }
        space.checkInvariants()
        #expect(space.oldDataBlocks.rawValue == UInt64(uses.count { $0 == .old }))
        #expect(space.allocator.free.rawValue == UInt64(uses.count { $0 == .free }))
        #expect(space.waits == uses.contains(.old))
      }
    }
  }
}
