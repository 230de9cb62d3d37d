import Testing
import VCIFormat
import VCIGenerators

@testable import VCIConformance

struct `The exchanges of a lane` {
  @Test
  func `are the workloads of each writer, and a quarter of them of each two`() throws {
    let units = ExchangeUnit.all(of: try laneOfFew(), seed: 9, programs: 2)
    #expect(
      units.map { "\($0.writer) \($0.other.map(String.init) ?? "-") \($0.name)" } == [
        "0 - exchange/9-0", "0 - exchange/9-1", "0 - exchange/9-2", "0 - exchange/9-3",
        "0 - exchange/9-4", "1 - exchange/9-0", "1 - exchange/9-1", "1 - exchange/9-2",
        "1 - exchange/9-3", "1 - exchange/9-4", "0 1 turns/9-0", "0 1 turns/9-1", "1 0 turns/9-0",
        "1 0 turns/9-1",
      ])
    #expect(ExchangeUnit.all(of: try laneOfFew(), seed: 9, programs: 1) == [])
  }

  @Test
  func `have names that choose them`() {
    #expect(ExchangeUnit.named("exchange/7-3", programs: 3).map(\.writer) == [0, 1, 2])
    #expect(
      ExchangeUnit.named("turns/7-3", programs: 2) == [
        .init(writer: 0, other: 1, seed: 7, index: 3),
        .init(writer: 1, other: 0, seed: 7, index: 3),
      ])
    for name in ["exchange/7", "exchange/07-3", "exchange/7-3-1", "turn/7-3", "", "exchange/7-x"] {
      #expect(ExchangeUnit.named(name, programs: 3) == [], "\(name)")
    }
    #expect(ExchangeUnit.named("exchange/7-3", programs: 1) == [])
  }

  @Test
  func `have a close after each few steps of a turn`() {
    let flush = WorkloadStep.operation(.flush)
    let close = WorkloadStep.operation(.close)
    let steps = Array(repeating: flush, count: 7) + [close, flush]
    #expect(
      ExchangeUnit.turns(steps)
        == Array(repeating: flush, count: 6) + [close, flush, close, flush])
  }
}
