import PropertyEngine
import Testing

private typealias Numbers = Shrinker<[UInt64]>

/// A list of numbers up to 1000: before each one stands whether there is one.
private func drawnList(_ choices: inout Choices) -> [UInt64] {
  var list: [UInt64] = []
  while list.count < 100, choices.chance(9, in: 10) { list.append(choices.number(upTo: 1000)) }
  return list
}

/// The same, but the list's length comes first.
private func countedList(_ choices: inout Choices) -> [UInt64] {
  let count = choices.number(upTo: 30)
  return (0..<count).map { _ in choices.number(upTo: 1000) }
}

/// A random list of the kind, and the simplest one that shrinking gets of it.
private func shrunk(
  _ draw: @escaping (inout Choices) -> [UInt64], seed: UInt64, limit: Int = 20_000,
  where isWanted: @escaping ([UInt64]) -> Bool
) -> (best: [UInt64], record: [UInt64], spent: Int) {
  func attempt(_ choices: Choices) -> Numbers.Candidate? {
    var choices = choices
    let list = draw(&choices)
    return isWanted(list) ? Numbers.Candidate(record: choices.record, value: list) : nil
  }
  let starts = (0..<1000 as Range<UInt64>).lazy.compactMap {
    attempt(Choices(RandomSource(seed: seed, index: $0, lane: Lane(rawValue: 1))))
  }
  guard let start = starts.first else { preconditionFailure("no list of the kind") }
  let effort = ShrinkEffort(limit: limit)
  var shrinker = Numbers(start, effort: effort) { attempt(Choices(replaying: $0)) }
  shrinker.run()
  return (shrinker.best.value, shrinker.best.record, effort.spent)
}

struct `A shrinker of choices` {
  @Test
  func `puts shorter records first, then those with lower numbers`() {
    #expect(Numbers.isSimpler([9], than: [0, 0]))
    #expect(Numbers.isSimpler([1, 9], than: [2, 0]))
    #expect(!Numbers.isSimpler([1, 2], than: [1, 2]))
    #expect(!Numbers.isSimpler([1, 3], than: [1, 2]))
  }

  @Test
  func `finds the smallest list of a sum`() {
    for seed in 0..<40 as Range<UInt64> {
      #expect(shrunk(drawnList, seed: seed) { $0.reduce(0, +) >= 100 }.best == [100])
      #expect(shrunk(countedList, seed: seed) { $0.reduce(0, +) >= 100 }.best == [100])
    }
  }

  @Test
  func `moves what one number may not hold to the next`() {
    for seed in 0..<40 as Range<UInt64> {
      let found = shrunk(drawnList, seed: seed) {
        $0.reduce(0, +) >= 1000 && $0.allSatisfy { $0 <= 600 }
      }
      #expect(found.best == [400, 600])
    }
  }

  @Test
  func `finds the smallest pair of equal numbers`() {
    for seed in 0..<40 as Range<UInt64> {
      let found = shrunk(drawnList, seed: seed) { list in
        list.indices.contains { index in
          list[index] >= 10 && list[..<index].contains(list[index])
        }
      }
      #expect(found.best == [10, 10])
    }
  }

  @Test
  func `finds the smallest list that is not sorted`() {
    for seed in 0..<40 as Range<UInt64> {
      for draw in [drawnList, countedList] {
        let found = shrunk(draw, seed: seed) { list in
          zip(list, list.dropFirst()).contains { $0 > $1 }
        }
        #expect(found.best == [1, 0])
      }
    }
  }

  @Test
  func `finds the smallest list of a length, and of a largest number`() {
    for seed in 0..<40 as Range<UInt64> {
      #expect(shrunk(drawnList, seed: seed) { $0.count >= 3 }.best == [0, 0, 0])
      #expect(shrunk(countedList, seed: seed) { $0.contains { $0 >= 700 } }.best == [700])
    }
  }

  @Test
  func `lowers a count and leaves out what it counted`() {
    for seed in 0..<40 as Range<UInt64> {
      let found = shrunk(countedList, seed: seed) { list in
        list.contains(500) == false && list.last.map { $0 >= 13 } ?? false
      }
      #expect(found.best == [13])
      #expect(found.record == [1, 13])
    }
  }

  /// What shrinking makes of `start`, in a case of as many draws.
  private func fixed(
    _ start: [UInt64], where isWanted: @escaping ([UInt64]) -> Bool
  ) -> [UInt64] {
    var shrinker = Numbers(
      Numbers.Candidate(record: start, value: start), effort: ShrinkEffort(limit: 20_000)
    ) { record in
      var choices = Choices(replaying: record)
      for _ in start { _ = choices.number(upTo: 1000) }
      return isWanted(choices.record)
        ? Numbers.Candidate(record: choices.record, value: choices.record) : nil
    }
    shrinker.run()
    return shrinker.best.record
  }

  @Test
  func `makes neighbours zero that must be so together`() {
    let found = fixed([3, 7, 5]) {
      ($0[0] == 0) == ($0[1] == 0) && ($0[0] != $0[1] || $0[0] == 0) && $0[2] == 5
    }
    #expect(found == [0, 0, 5])
  }

  @Test
  func `makes all zero at once that follows the first few`() {
    let found = fixed([8] + (2...41)) { record in
      let rest = record.dropFirst()
      return record[0] == 8 && (rest.allSatisfy { $0 == 0 } || rest.allSatisfy { $0 >= 2 })
    }
    #expect(found == [8] + [UInt64](repeating: 0, count: 40))
  }

  @Test
  func `takes the record that was drawn, not the one that was tried`() {
    let found = shrunk(drawnList, seed: 3) { $0.isEmpty || $0[0] < 2000 }
    #expect(found.best == [])
    #expect(found.record == [0])
  }

  @Test
  func `comes to the same end by the same attempts`() {
    let ends = (0..<3).map { _ in shrunk(drawnList, seed: 8) { $0.reduce(0, +) >= 999 } }
    #expect(ends[0].record == ends[1].record && ends[1].record == ends[2].record)
    #expect(ends[0].spent == ends[1].spent && ends[1].spent == ends[2].spent)
    #expect(ends[0].spent > 0)
  }

  @Test
  func `ends at its limit with the best so far`() {
    let full = shrunk(drawnList, seed: 8) { $0.reduce(0, +) >= 999 }
    var last: [UInt64]?
    for limit in [0, 1, 3, 10, 30, full.spent] {
      let found = shrunk(drawnList, seed: 8, limit: limit) { $0.reduce(0, +) >= 999 }
      #expect(found.spent == limit)
      #expect(found.best.reduce(0, +) >= 999)
      if let last { #expect(!Numbers.isSimpler(last, than: found.record)) }
      last = found.record
    }
    #expect(last == full.record)
  }

  @Test
  func `ends where it is stopped`() {
    var asked = 0
    let effort = ShrinkEffort(limit: 1000) { _ in
      asked += 1
      return asked > 5
    }
    let start = Numbers.Candidate(record: [9, 9, 9], value: [])
    var shrinker = Numbers(start, effort: effort) { _ in nil }
    shrinker.run()
    #expect(effort.spent <= 5)
    #expect(shrinker.best.record == [9, 9, 9])
  }
}
