import PropertyEngine
import Testing

struct `A shrinker of lists` {
  private func shortened(
    _ list: [Int], where isWanted: @escaping ([Int]) -> Bool
  ) -> [Int] {
    var shrinker = ListShrinker(list, effort: ShrinkEffort(limit: 10_000), attempt: isWanted)
    shrinker.shorten()
    return shrinker.best
  }

  @Test
  func `removes all elements that are not needed`() {
    let list = Array(0..<50)
    #expect(shortened(list) { $0.contains(17) && $0.contains(43) } == [17, 43])
    #expect(shortened(list) { _ in true } == [])
    #expect(shortened(list) { $0.count >= 50 } == list)
  }

  @Test
  func `removes two that are not needed, if only together`() {
    #expect(shortened([1, 2, 3, 4]) { $0.contains(1) == $0.contains(3) && $0.contains(4) } == [4])
  }

  @Test
  func `replaces elements by simpler ones, alone and together`() {
    var alone = ListShrinker([40, 7], effort: ShrinkEffort(limit: 100)) {
      $0[0] >= 12 && $0[1] >= 7
    }
    alone.simplify { [$0 / 2, $0 - 1].filter { $0 >= 0 } }
    #expect(alone.best == [12, 7])

    var together = ListShrinker([8, -8], effort: ShrinkEffort(limit: 100)) {
      $0[0] + $0[1] == 0 && $0[0] > 0
    }
    together.simplify { [$0 / 2] }
    #expect(together.best == [8, -8])
    together.simplifyTogether { [$0.map { $0 / 2 }] }
    #expect(together.best == [1, -1])
  }

  @Test
  func `ends at its limit with the best so far`() {
    let effort = ShrinkEffort(limit: 3)
    var shrinker = ListShrinker([1, 2, 3, 4], effort: effort) { $0.contains(4) }
    shrinker.shorten()
    #expect(shrinker.best == [3, 4])
    #expect(effort.spent == 3)
  }

  @Test
  func `replaces an element by parts, and removes parts that are not needed`() {
    var shrinker = ListShrinker([30, 7], effort: ShrinkEffort(limit: 100)) {
      $0.contains(7) && $0.contains { $0 == 30 || $0 == 10 }
    }
    shrinker.expand { $0 == 30 ? [10, 11, 12] : [] }
    #expect(shrinker.best == [10, 7])
  }

  @Test
  func `ends when it is stopped`() {
    var asked = 0
    let effort = ShrinkEffort(limit: 1000) { _ in
      asked += 1
      return asked > 5
    }
    var shrinker = ListShrinker([9, 9, 9], effort: effort) { _ in false }
    shrinker.shorten()
    #expect(effort.spent <= 5)
    #expect(shrinker.best == [9, 9, 9])
  }
}
