import SystemPackage
import Testing
import VCICorpus

@testable import VCIConformance

struct `The fewest steps of an exchange` {
  private let unit = ExchangeUnit(writer: 3, other: nil, seed: 1, index: 0)

  /// A program that reads and writes as the reference does, but for these answers.
  private func program(_ change: @escaping (PortRequest) -> PortAnswer? = { _ in nil })
    -> FakeAdapter
  {
    ReferenceProgram(change: { request, _ in change(request) }).adapter(and: ["open-ro", "read"])
  }

  private func missing() -> FakeAdapter {
    program {
      guard case .read(_, let block, let count, _) = $0 else { return nil }
      return .done(.runs([.init(isHit: false, block: block, count: count)]))
    }
  }

  @Test
  func `are one write if a reader misses all`() throws {
    let shrinker = ExchangeShrinker(
      unit, writer: program(), reader: missing(), isWriter: false, culprit: 1, isSlow: false,
      in: try WorkFolder(), isInterrupted: { false })
    var left: [[UInt8]] = []
    let look = { (image: FilePath) in
      left.append(Array((try? StoredFile.read(image, limit: 1 << 20)) ?? []))
    }
    let found = try #require(shrinker.smallest(lookingAt: look) { $0.kind == .missedBlocks })
    // What the one write has left, once: a root with one extent.
    #expect(left.count == 1 && left[0].starts(with: [0x56, 0x43, 0x49, 0]))
    #expect(found.whole.steps.count > 10)
    #expect(found.plan.steps.count == 1)
    #expect(found.plan.steps[0].words.hasPrefix("write "))
    #expect(found.failure.requirement == "VCI-RD-006")
  }

  @Test
  func `are looked for in eight workloads alone where each takes all of its time`() throws {
    let shrinker = ExchangeShrinker(
      unit, writer: program(), reader: missing(), isWriter: false, culprit: 1, isSlow: true,
      in: try WorkFolder(), isInterrupted: { false })
    var asked = 0
    let found = shrinker.smallest { _ in
      asked += 1
      return false
    }
    #expect(found == nil)
    // One of the eight has no steps, in which nothing fails; the whole is run once more at the end.
    #expect(asked == 8)
  }

  @Test
  func `are those of the program that is accused, where either of two may be wrong`() throws {
    let turns = ExchangeUnit(writer: 0, other: 1, seed: 1, index: 0)
    func smallest(_ culprit: Int) throws -> [WorkloadStep]? {
      let shrinker = ExchangeShrinker(
        turns, writer: missing(), reader: program(), isWriter: false, culprit: culprit,
        isSlow: false, in: try WorkFolder(), isInterrupted: { false })
      return shrinker.smallest { $0.kind == .missedBlocks }?.plan.steps
    }
    #expect(try smallest(0)?.count == 1)
    #expect(try smallest(1) == nil)
  }

  @Test
  func `are none if the failure does not come again`() throws {
    let shrinker = ExchangeShrinker(
      unit, writer: program(), reader: program(), isWriter: false, culprit: 1, isSlow: false,
      in: try WorkFolder(), isInterrupted: { false })
    #expect(shrinker.smallest { _ in true } == nil)
  }
}
