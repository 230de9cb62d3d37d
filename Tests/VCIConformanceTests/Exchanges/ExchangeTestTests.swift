import SystemPackage
import Testing
import VCIFormat

@testable import VCIConformance

private let reads: Set<String> = ["open-ro", "read"]

/// A program that reads and writes as the reference does.
private func sound() -> FakeAdapter { ReferenceProgram().adapter(and: reads) }

/// One that misses all.
private func missing() -> FakeAdapter {
  ReferenceProgram(change: { request, _ in
    guard case .read(_, let block, let count, _) = request else { return nil }
    return .done(.runs([.init(isHit: false, block: block, count: count)]))
  }).adapter(and: reads)
}

/// One that leaves a bit of the bitmap set for which nothing stands.
private func leaking() -> FakeAdapter {
  ReferenceProgram(spoil: { path in put([0xff], at: 1024 + 512 + 62, in: path) })
    .adapter(and: reads)
}

/// What is found, as who looked: who is wrong, kind and requirement.
private func words(_ unit: ExchangeUnit, _ adapters: [any Adapter]) throws -> [String] {
  let outcome = ExchangeTest(unit, adapters, in: try WorkFolder()).confirmed()
  #expect(outcome.notRun == nil && !outcome.isFlaky)
  return outcome.parts.map { part in
    let reader = part.reader.map(String.init) ?? "checker"
    guard let failure = part.failure, let culprit = part.culprit else { return "\(reader): right" }
    return "\(reader): \(culprit) \(failure.kind.rawValue), \(failure.requirement)"
  }
}

private func exchange(_ writer: Int, turnsWith other: Int? = nil, index: UInt64 = 0) -> ExchangeUnit
{
  ExchangeUnit(writer: writer, other: other, seed: 1, index: index)
}

struct `An exchange` {
  @Test
  func `is looked at by the checker and by all programs`() throws {
    #expect(
      try words(exchange(0), [sound(), sound()]) == ["checker: right", "0: right", "1: right"])
  }

  @Test
  func `that a reader misreads is the reader's failure`() throws {
    #expect(
      try words(exchange(0), [sound(), missing()]) == [
        "checker: right", "0: right", "1: 1 missed-blocks, VCI-RD-006",
      ])
  }

  @Test
  func `that the checker rejects is the writer's failure, and goes no further`() throws {
    let found = try words(exchange(1), [sound(), leaking()])
    #expect(found.first == "checker: 1 output-rejected-by-checker, VCI-WR-001")
    #expect(found.dropFirst().allSatisfy { $0.hasSuffix(": right") }, "\(found)")
  }

  @Test
  func `is none of a program that does not write`() throws {
    let reader = FakeAdapter(reads) { _ in .done(.nothing) }
    #expect(try words(exchange(0), [reader, sound()]) == [])
  }

  @Test
  func `goes only to those who read`() throws {
    let writer = ReferenceProgram().adapter
    #expect(try words(exchange(0), [sound(), writer]) == ["checker: right", "0: right"])
  }
}

struct `Two writers that take turns` {
  @Test
  func `are right if either goes on with what the other wrote`() throws {
    #expect(try words(exchange(0, turnsWith: 1), [sound(), sound()]) == ["1: right"])
    #expect(try words(exchange(1, turnsWith: 0), [sound(), sound()]) == ["0: right"])
  }

  @Test
  func `are wrong by the one who wrote last`() throws {
    let found = ["1: 1 output-rejected-by-checker, VCI-WR-001"]
    #expect(try words(exchange(0, turnsWith: 1), [sound(), leaking()]) == found)
    #expect(
      try words(exchange(1, turnsWith: 0), [sound(), leaking()]) == [
        "0: 1 output-rejected-by-checker, VCI-WR-001"
      ])
  }

  @Test
  func `are wrong by the one who refuses a valid image`() throws {
    var opens = 0
    let refusing = ReferenceProgram(change: { request, _ in
      guard case .open = request else { return nil }
      opens += 1
      return .refused(.init(class: "state"))
    }).adapter(and: reads)
    #expect(
      try words(exchange(0, turnsWith: 1), [sound(), refusing]) == [
        "1: 1 rejected-valid, VCI-RD-003"
      ])
    #expect(opens == 2)
  }
}
