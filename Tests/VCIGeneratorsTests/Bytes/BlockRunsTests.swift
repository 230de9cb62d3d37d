import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

struct `A set of blocks` {
  @Test
  func `equals a naive set after random changes`() {
    var choices = Choices(RandomSource(seed: 3, index: 0, stream: RandomStream(rawValue: 9)))
    var runs = BlockRuns()
    var naive: Set<UInt64> = []
    for _ in 0..<3000 {
      let block = choices.number(upTo: 40)
      runs.toggle(block)
      if naive.remove(block) == nil { naive.insert(block) }
      let limit = choices.number(upTo: 42)
      #expect(runs.count(below: limit) == UInt64(naive.filter { $0 < limit }.count))
      #expect(runs.contains(block) == naive.contains(block))
      #expect(runs.first(from: limit) == naive.filter { $0 >= limit }.min())
      #expect(runs.firstMissing(in: limit..<43) == (limit..<43).first { !naive.contains($0) })
      #expect(zip(runs.runs, runs.runs.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
    }
  }

  @Test
  func `joins ranges that touch or overlap`() {
    let runs = BlockRuns([
      BlockRange(10, 2), BlockRange(2, 3), BlockRange(5, 1), BlockRange(11, 4),
      BlockRange(20, 0),
    ])
    #expect(runs.runs == [2..<6, 10..<15])
  }

  @Test
  func `loses the blocks of another`() {
    let runs = BlockRuns([BlockRange(0, 10), BlockRange(20, 10)])
    let other = BlockRuns([
      BlockRange(0, 2), BlockRange(4, 2), BlockRange(9, 12), BlockRange(29, 9),
    ])
    #expect(runs.subtracting(other) == [2..<4, 6..<9, 21..<29])
  }
}
