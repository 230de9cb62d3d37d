import PropertyEngine
import Testing

private let stream = RandomStream(rawValue: 3)

struct `A random source` {
  @Test
  func `is a function of seed, index and stream`() {
    var first = RandomSource(seed: 1, index: 2, stream: stream)
    var second = RandomSource(seed: 1, index: 2, stream: stream)
    #expect((0..<100).allSatisfy { _ in first.next() == second.next() })
    var others = [
      RandomSource(seed: 2, index: 2, stream: stream),
      RandomSource(seed: 1, index: 3, stream: stream),
      RandomSource(seed: 1, index: 2, stream: RandomStream(rawValue: 4)),
    ]
    let next = first.next()
    for index in others.indices { #expect(others[index].next() != next) }
  }

  @Test
  func `never changes its numbers`() {
    var random = RandomSource(seed: 1, index: 0, stream: RandomStream(rawValue: 1))
    let numbers = (0..<3).map { _ in String(random.next(), radix: 16) }
    #expect(numbers == ["4a5f434c650fd6fe", "1096c21c109e6560", "c80af210c53b7265"])
  }
}

struct `A sequence of choices` {
  private func random(_ index: UInt64) -> Choices {
    Choices(RandomSource(seed: 9, index: index, stream: stream))
  }

  private func draw(_ choices: inout Choices) -> [UInt64] {
    [
      choices.number(upTo: 9), choices.number(in: 5...7), UInt64(choices.index(below: 3)),
      choices.chance(1, in: 2) ? 1 : 0, choices.magnitude(upTo: 1000), choices.number(upTo: .max),
    ]
  }

  @Test
  func `stays inside of its bounds`() {
    for index in 0..<2000 as Range<UInt64> {
      var choices = random(index)
      let drawn = draw(&choices)
      #expect(drawn[0] <= 9 && (5...7).contains(drawn[1]) && drawn[2] < 3 && drawn[4] <= 1000)
    }
  }

  @Test
  func `reaches every bound`() {
    var ends: Set<UInt64> = []
    for index in 0..<2000 as Range<UInt64> {
      var choices = random(index)
      ends.insert(draw(&choices)[0])
    }
    #expect(ends == Set(0...9))
  }

  @Test
  func `is repeated from its record`() {
    for index in 0..<200 as Range<UInt64> {
      var first = random(index)
      let drawn = draw(&first)
      var second = Choices(replaying: first.record)
      #expect(draw(&second) == drawn)
      #expect(second.record == first.record)
    }
  }

  @Test
  func `gives the simplest choices past the end of its record`() {
    var choices = Choices(replaying: [4])
    #expect(draw(&choices) == [4, 5, 0, 0, 0, 0])
  }

  @Test
  func `takes the largest choice if the record's is out of bounds`() {
    var choices = Choices(replaying: [100, 100, 100, 100, 100, 100])
    #expect(draw(&choices) == [9, 7, 2, 1, 612, 0])
  }
}
