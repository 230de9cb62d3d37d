import Testing
import WriterParts

struct `The free spaces that are measured` {
  @Test
  func `take the smallest run that is long enough, of equal ones the lowest`() {
    for space in spaces(blocks: 40, free: [0..<6, 10..<13, 20..<23, 30..<40]) {
      #expect(space.take(2) == 10)
      #expect(space.take(3) == 20)
      #expect(space.take(1) == 12)
      #expect(space.take(7) == 30)
      #expect(space.take(7) == nil)
      #expect(space.freeRuns == [0..<6, 37..<40])
    }
  }

  @Test
  func `take blocks in their place, only where all of them are free`() {
    for space in spaces(blocks: 20, free: [4..<12]) {
      #expect(!space.take(2, at: 3))
      #expect(!space.take(2, at: 11))
      #expect(space.take(2, at: 6))
      #expect(space.freeRuns == [4..<6, 8..<12])
    }
  }

  @Test
  func `join what comes back with both neighbours`() {
    for space in spaces(blocks: 20, free: [0..<4, 8..<12]) {
      space.release(1, at: 5)
      #expect(space.freeRuns == [0..<4, 5..<6, 8..<12])
      space.release(2, at: 6)
      #expect(space.freeRuns == [0..<4, 5..<12])
      space.release(1, at: 4)
      #expect(space.freeRuns == [0..<12])
    }
  }

  @Test
  func `agree on every step of ten thousand`() {
    let all = spaces(blocks: 3000, free: [0..<1000, 1001..<3000])
    var random = SplitMix(seed: 5)
    var taken: [(start: UInt64, count: UInt64)] = []
    var refusals = 0
    for _ in 0..<10_000 {
      if taken.isEmpty || Int.random(in: 0..<100, using: &random) < 54 {
        let count = UInt64.random(in: 1...40, using: &random)
        let starts = Set(all.map { $0.take(count) })
        #expect(starts.count == 1)
        if let start = starts.first ?? nil { taken.append((start, count)) } else { refusals += 1 }
      } else {
        taken.swapAt(taken.count - 1, Int.random(in: taken.indices, using: &random))
        let (start, count) = taken.removeLast()
        for space in all { space.release(count, at: start) }
      }
    }
    #expect(Set(all.map(\.freeRuns)).count == 1)
    #expect(refusals > 100)
  }

  private func spaces(blocks: UInt64, free: [Range<UInt64>]) -> [any FreeSpace] {
    [
      ReferenceSpace(blocks: blocks, free: free), RangeArray(blocks: blocks, free: free),
      RangeList(blocks: blocks, free: free),
    ]
  }
}
