import Testing

@testable import VCIConformance

/// The matrix of two programs, of which the second one reads what the first one writes, in two
/// workloads. It is wrong in some, and declares that it fails in some. Others were not run.
private func matrix(
  wrongIn wrong: Set<UInt64>, knows known: [String], unrun: Set<String> = []
) throws -> Matrix {
  var matrix = Matrix(
    try ["one", "two"].map { try reportOfProgram($0, [resultOfReads("ext-001")]) })
  var programs = [Capabilities(), Capabilities()]
  programs[1].known = known.map { .init(name: $0, issue: "https://example.org/1") }
  let failure = resultOfReads("", [.missedBlocks]).failures[0]
  let outcomes = (0..<UInt64(2)).map { index in
    let unit = ExchangeUnit(writer: 0, other: nil, seed: 1, index: index)
    let isWrong = wrong.contains(index)
    var outcome = ExchangeOutcome(name: unit.name)
    outcome.parts = [
      .init(reader: nil),
      .init(reader: 1, failure: isWrong ? failure : nil, culprit: isWrong ? 1 : nil),
    ]
    return (unit, outcome)
  }
  matrix.add(outcomes, programs, unrun: unrun) { test, _ in test }
  return matrix
}

/// The exchange of which the second program is the reader.
private func exchange(_ matrix: Matrix) -> Matrix.Exchange? {
  matrix.exchanges.first { $0.reader == 1 }
}

struct `A failure of an exchange` {
  @Test
  func `counts if it is not declared`() throws {
    let matrix = try matrix(wrongIn: [1], knows: [])
    #expect(exchange(matrix)?.failed == 1 && exchange(matrix)?.known == nil)
    #expect(matrix.exit == 1)
  }

  @Test
  func `does not count if the program that is wrong knows it, and is told of`() throws {
    let matrix = try matrix(wrongIn: [1], knows: ["exchange/1-1"])
    #expect(exchange(matrix)?.failed == 0 && exchange(matrix)?.known == 1)
    #expect(matrix.exit == 0 && matrix.examples.isEmpty)
    #expect(matrix.lines.contains { $0.hasSuffix("0+1/2") })
    #expect(matrix.junit([]).contains("<skipped message=\"known failures: 1 of 2 workloads\"/>"))
    #expect(try Matrix(reading: try matrix.json()) == matrix)
  }

  @Test
  func `counts beside one that is known`() throws {
    let matrix = try matrix(wrongIn: [0, 1], knows: ["exchange/1-1"])
    #expect(exchange(matrix)?.failed == 1 && exchange(matrix)?.known == 1)
    #expect(matrix.exit == 1 && matrix.examples.map(\.test) == ["exchange/1-0"])
  }

  @Test
  func `that is known and does not come is an error`() throws {
    let matrix = try matrix(wrongIn: [1], knows: ["exchange/1-0", "exchange/1-1"])
    #expect(matrix.exit == 1)
    #expect(
      matrix.implementations.map(\.missing) == [
        [], ["passed, and declared as known: exchange/1-0"],
      ])
    #expect(matrix.implementations.map(\.verdict) == ["conforms", "does not conform"])
  }

  @Test
  func `that is known says nothing if another exchange of its name was not run`() throws {
    let matrix = try matrix(wrongIn: [], knows: ["exchange/1-0"], unrun: ["exchange/1-0"])
    #expect(matrix.implementations[1].missing == [])
    #expect(matrix.exit == 0)
  }

  @Test
  func `that is known and is not of the run says nothing`() throws {
    let matrix = try matrix(wrongIn: [], knows: ["exchange/1-2", "turns/1-0"])
    #expect(matrix.exit == 0)
  }
}
