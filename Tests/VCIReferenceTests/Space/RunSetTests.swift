import Testing
import VCIFormat

@testable import VCIReference

private func run(_ first: UInt64, _ count: UInt64) -> BlockRange {
  BlockRange(BlockAddress(first), BlockCount(count))
}

struct `A set of runs` {
  @Test
  func `joins a run with both neighbours`() {
    var set = RunSet()
    set.insert(run(10, 5))
    set.insert(run(20, 5))
    #expect(set.runs == [run(10, 5), run(20, 5)])
    set.insert(run(15, 5))
    #expect(set.runs == [run(10, 15)])
    #expect(set.blocks == 15)
    #expect(set.count == 1)
  }

  @Test
  func `joins a run with the one before or the one behind`() {
    var set = RunSet()
    set.insert(run(10, 5))
    set.insert(run(15, 1))
    set.insert(run(9, 1))
    #expect(set.runs == [run(9, 7)])
    set.insert(run(17, 1))
    set.insert(run(7, 1))
    #expect(set.runs == [run(7, 1), run(9, 7), run(17, 1)])
  }

  @Test
  func `parts a run that loses its middle, its start or its end`() {
    var set = RunSet()
    set.insert(run(10, 10))
    set.remove(run(14, 2))
    #expect(set.runs == [run(10, 4), run(16, 4)])
    set.remove(run(10, 1))
    set.remove(run(19, 1))
    #expect(set.runs == [run(11, 3), run(16, 3)])
    set.remove(run(11, 3))
    #expect(set.runs == [run(16, 3)])
    #expect(set.blocks == 3)
    set.removeAll()
    #expect(set.isEmpty)
    #expect(set.blocks == 0)
  }

  @Test
  func `finds the run that has a block, and the first one from a block on`() {
    var set = RunSet()
    #expect(set.run(containing: 0) == nil)
    #expect(set.firstRun(from: 0) == nil)
    set.insert(run(10, 5))
    set.insert(run(20, 5))
    #expect(set.run(containing: 9) == nil)
    #expect(set.run(containing: 10) == run(10, 5))
    #expect(set.run(containing: 14) == run(10, 5))
    #expect(set.run(containing: 15) == nil)
    #expect(set.firstRun(from: 0) == run(10, 5))
    #expect(set.firstRun(from: 14) == run(10, 5))
    #expect(set.firstRun(from: 15) == run(20, 5))
    #expect(set.firstRun(from: 24) == run(20, 5))
    #expect(set.firstRun(from: 25) == nil)
  }

  @Test
  func `parts a range into what is in and what is not`() {
    var set = RunSet()
    set.insert(run(10, 5))
    set.insert(run(20, 5))
    set.insert(run(30, 5))
    var parts: [String] = []
    set.subtract(run(12, 20)) { parts.append("\($0) \($1)") }
    #expect(parts == ["12+3 true", "15+5 false", "20+5 true", "25+5 false", "30+2 true"])
    #expect(set.runs == [run(10, 2), run(32, 3)])
    parts = []
    set.subtract(run(0, 50)) { parts.append("\($0) \($1)") }
    #expect(
      parts == ["0+10 false", "10+2 true", "12+20 false", "32+3 true", "35+15 false"])
    #expect(set.isEmpty)
    parts = []
    set.subtract(run(3, 4)) { parts.append("\($0) \($1)") }
    set.subtract(run(3, 0)) { parts.append("\($0) \($1)") }
    #expect(parts == ["3+4 false"])
  }

  @Test(arguments: [4, 5, 128])
  func `does what a set of blocks does`(keysPerNode: Int) {
    var draws = Draws(seed: UInt64(keysPerNode))
    var set = RunSet(keysPerNode: keysPerNode)
    var naive = NaiveBlocks(1500)
    var most = 0
    for step in 0..<3000 {
      // It fills up, empties, and fills again.
      let isFilling = step / 1000 % 2 == 0
      let runs = naive.runs { ($0 == nil) == (draws.below(8) == 0 ? !isFilling : isFilling) }
      if runs.isEmpty { continue }
      let part = draws.part(of: runs[draws.below(runs.count)])
      if naive.uses[part.lowerBound] == nil {
        set.insert(part.run)
        naive.set(part, .data)
      } else {
        set.remove(part.run)
        naive.set(part, nil)
      }
      let block = draws.below(1500)
      #expect(
        set.firstRun(from: BlockAddress(UInt64(block))) == naive.firstUsedRun(from: block)?.run)
      guard step % 10 == 0 else { continue }
      #expect(set.runs == naive.usedRuns.map(\.run), "step \(step)")
      set.checkInvariants()
      most = max(most, set.count)
    }
    #expect(most > 140)
  }
}

struct `An index of runs` {
  private func key(_ major: Int) -> RunIndex.Key { RunIndex.Key(major: UInt64(major), minor: 7) }

  @Test(arguments: [4, 7])
  func `keeps keys in order through many levels, up and down again`(keysPerNode: Int) {
    var draws = Draws(seed: 3)
    var index = RunIndex(keysPerNode: keysPerNode)
    var keys: [Int] = []
    for _ in 0..<700 {
      let number = draws.below(1 << 30)
      keys.append(number)
      index.insert(key(number))
    }
    index.checkInvariants()
    #expect(index.keys == keys.sorted().map(key))
    while !keys.isEmpty {
      let number = keys.remove(at: draws.below(keys.count))
      index.remove(key(number))
      if keys.count % 16 == 0 {
        index.checkInvariants()
        #expect(index.keys == keys.sorted().map(key))
      }
    }
    #expect(index.isEmpty)
    #expect(index.nodes.count - index.unused.count == 1)
  }

  @Test
  func `has nodes that tell how many of their keys are not above another`() {
    for count in 0...140 {
      // Odd numbers, each four times, so that both numbers of a key count.
      let keys = (0..<count).map {
        RunIndex.Key(major: UInt64($0 / 4) * 2 + 1, minor: UInt64($0 % 4) * 2 + 1)
      }
      let node = RunIndex.Node(keys: keys)
      for major in 0..<UInt64(count / 4 + 2) * 2 {
        for minor in 0..<9 as Range<UInt64> {
          let key = RunIndex.Key(major: major, minor: minor)
          #expect(node.slots(through: key) == keys.count { !(key < $0) })
        }
      }
    }
    let extremes = [0, 1, .max - 1, .max] as [UInt64]
    let keys = extremes.flatMap { major in
      extremes.map { RunIndex.Key(major: major, minor: $0) }
    }
    for (index, key) in keys.enumerated() {
      #expect(RunIndex.Node(keys: keys).slots(through: key) == index + 1)
    }
  }

  @Test
  func `of sorted keys is the index that has them one by one`() {
    for count in [0, 1, 4, 5, 8, 9, 16, 17, 63, 64, 65, 1000] {
      let keys = (0..<count).map { key($0 * 3) }
      let index = RunIndex(sorted: keys, keysPerNode: 4)
      index.checkInvariants()
      #expect(index.keys == keys)
      #expect(index.count == count)
      #expect(index.first(from: key(1)) == (count > 1 ? key(3) : nil))
      #expect(index.last(through: key(1)) == (count > 0 ? key(0) : nil))
    }
  }

  @Test
  func `grows by a level where its nodes are 64 times as many, so that steps are few`() {
    // Nodes of 128 keys that are at least half full: 64^3 = 262144 keys need at most 3 levels.
    var index = RunIndex()
    for number in 0..<20_000 { index.insert(key(number * 7919 % 20_011)) }
    var levels = 1
    var node = index.root
    while !index.nodes[node].isLeaf {
      node = index.nodes[node].child(0)
      levels += 1
    }
    #expect(levels <= 3)
    #expect(index.nodes.count <= 20_000 / 64 + 20_000 / 4096 + 2)
  }
}
