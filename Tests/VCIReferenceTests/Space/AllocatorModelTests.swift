import Testing
import VCIFormat

@testable import VCIReference

/// An operation on an allocator and on the naive blocks that it is held against.
private enum Operation {
  case allocate(Int, SpaceUse)
  case claim(Range<Int>, SpaceUse)
  case extend(Range<Int>, Int, SpaceUse)
  case release(Range<Int>)

  /// Does it to both; answers whether they did the same.
  func isDoneAlike(_ allocator: inout BlockAllocator, _ naive: inout NaiveBlocks) -> Bool {
    switch self {
    case .allocate(let count, let use):
      let fit = count > 0 ? naive.bestFit(count) : nil
      let expected = fit.map { $0.lowerBound..<$0.lowerBound + count }
      if let expected { naive.set(expected, use) }
      return allocator.allocate(BlockCount(UInt64(count)), for: use) == expected?.run
    case .claim(let range, let use):
      let isFree = naive.isAll(range, nil)
      if isFree { naive.set(range, use) }
      return allocator.claim(range.run, for: use) == isFree
    case .extend(let range, let count, let use):
      let behind = range.upperBound..<range.upperBound + count
      let isFree = naive.isAll(behind, nil)
      if isFree { naive.set(behind, use) }
      return allocator.extend(range.run, by: BlockCount(UInt64(count)), for: use) == isFree
    case .release(let range):
      guard let use = naive.uses[range.lowerBound] else { return false }
      naive.set(range, nil)
      allocator.release(range.run, for: use)
      return true
    }
  }
}

/// Every operation that a state has: allocations of 0 to 8 blocks, claims of every range, those
/// that are refused for one use, extensions of every allocated block up to the first that is
/// refused, a release of every range of one use.
private func operations(on naive: NaiveBlocks) -> [Operation] {
  let count = naive.uses.count
  var all: [Operation] = []
  for use in SpaceUse.allCases {
    all += (0...count).map { .allocate($0, use) }
    for start in 0..<count {
      for end in start + 1...count where use == .metadata || naive.isAll(start..<end, nil) {
        all.append(.claim(start..<end, use))
      }
    }
  }
  for (block, use) in naive.uses.enumerated() {
    guard let use else { continue }
    let free = naive.uses[(block + 1)...].prefix { $0 == nil }.count
    all += (1...free + 1).map { .extend(block..<block + 1, $0, use) }
    for end in block + 1...count where naive.isAll(block..<end, use) {
      all.append(.release(block..<end))
    }
  }
  return all
}

/// Every state of 8 blocks, each free or of one of two uses: 3^8 of them.
private func everyState() -> [NaiveBlocks] {
  (0..<6561).map { number in
    var naive = NaiveBlocks(8)
    var rest = number
    for block in 0..<8 {
      naive.uses[block] = [nil, .metadata, .data][rest % 3]
      rest /= 3
    }
    return naive
  }
}

struct `An allocator against a naive set of blocks` {
  /// An operation adds at most one run of blocks of one use, whether it takes blocks or leaves a
  /// hole in a run, and one claim makes any run. So six operations reach exactly the states of
  /// at most six runs: all 6561 but the 2 of eight runs (the uses alternate) and the 42 of
  /// seven (14 without a free block: two neighbours are alike; 28 with one: 4 where it is the
  /// first or the last, 24 elsewhere). The allocator's parts are then a single node each, so that
  /// equal states are equal to the last bit.
  @Test
  func `does the same in every sequence of 6 operations on 8 blocks`() {
    var known: Set<NaiveBlocks> = [NaiveBlocks(8)]
    var front = [(BlockAllocator(blocks: 8), NaiveBlocks(8))]
    var expanded = 0
    var transitions = 0
    for _ in 0..<6 {
      var next: [(BlockAllocator, NaiveBlocks)] = []
      for (allocator, naive) in front {
        expanded += 1
        for operation in operations(on: naive) {
          transitions += 1
          var (after, expected) = (allocator, naive)
          guard operation.isDoneAlike(&after, &expected), after.isLike(expected) else {
            Issue.record("\(operation) on \(naive.uses)")
            return
          }
          if known.insert(expected).inserted { next.append((after, expected)) }
        }
      }
      front = next
    }
    #expect(known.count == 6517)
    #expect(known == Set(everyState().filter { $0.usedRuns.count <= 6 }))
    // What was expanded, counted without a search.
    let inner = everyState().filter { $0.usedRuns.count <= 5 }
    #expect(expanded == inner.count)
    #expect(transitions == inner.reduce(0) { $0 + operations(on: $1).count })
    #expect(expanded == 6185)
    #expect(transitions == 450_756)
  }

  @Test(arguments: [4, 128])
  func `does the same in thousands of operations, saved between them`(
    keysPerNode: Int
  ) throws {
    for seed in 1...2 as ClosedRange<UInt64> {
      var draws = Draws(seed: seed * 100 + UInt64(keysPerNode))
      let count = 300 + draws.below(1500)
      var allocator = BlockAllocator(
        blocks: BlockCount(UInt64(count)), keysPerNode: keysPerNode)
      var naive = NaiveBlocks(count)
      let storage = MemoryStorage([UInt8](repeating: 0, count: 2048))
      for step in 0..<800 {
        let operation = draw(&draws, naive, isFilling: step / 200 % 2 == 0)
        #expect(operation.isDoneAlike(&allocator, &naive), "\(operation), step \(step)")
        try #require(allocator.isLike(naive), "\(operation), step \(step), seed \(seed)")
        allocator.checkInvariants()
        guard step % 100 == 99 else { continue }
        try allocator.save(to: storage, map: BlockRange(2, 2))
        #expect(Array(storage.bytes[1536...]) == naive.bitmap)
        #expect(try allocator.agrees(with: storage, map: BlockRange(2, 2)))
      }
    }
  }

  /// An operation on blocks that fill up, or empty.
  private func draw(
    _ draws: inout Draws, _ naive: NaiveBlocks, isFilling: Bool
  ) -> Operation {
    let use = SpaceUse.allCases[draws.below(2)]
    let used = naive.usedRuns
    let kind = draws.below(isFilling ? 8 : 4)
    if kind < 2, !used.isEmpty {
      return .release(draws.part(of: used[draws.below(used.count)]))
    }
    if kind < 4, !used.isEmpty {
      return .extend(used[draws.below(used.count)], 1 + draws.below(6), use)
    }
    if kind < 6 { return .allocate(draws.below(40), use) }
    let free = naive.freeRuns
    if free.isEmpty || draws.below(3) == 0 {
      return .claim(draws.part(of: 0..<naive.uses.count), use)
    }
    return .claim(draws.part(of: free[draws.below(free.count)]), use)
  }
}
