import Testing

@testable import VCIConformance

private func matrix(_ reports: ConformanceReport...) -> Matrix { Matrix(reports) }

private func one(_ kinds: [TestFailure.Kind] = [], also: [TestResult] = []) throws
  -> ConformanceReport
{
  try reportOfProgram("one", language: "C", [resultOfReads("ext-001", kinds)] + also)
}

private func two() throws -> ConformanceReport {
  try reportOfProgram("two", [resultOfReads("ext-001")])
}

private func exchange(_ writer: Int, _ reader: Int?, failed: Int, of workloads: Int = 12)
  -> Matrix.Exchange
{
  Matrix.Exchange(
    writer: writer, reader: reader, isInTurns: false, workloads: workloads, failed: failed,
    why: nil, example: nil)
}

struct `A baseline` {
  @Test
  func `that is the same says nothing`() throws {
    let same = matrix(try one([.crashed]), try two())
    let baseline = Baseline(same, since: same)
    #expect(baseline.regressed == [] && baseline.better == [] && baseline.new == [])
    #expect(baseline.lines == ["since the baseline: 0 regressed, 0 better, 0 new"])
  }

  @Test
  func `tells of a cell and of a test that got worse, and of the contrary`() throws {
    let right = matrix(try one(), try two())
    let wrong = matrix(try one([.wrongBytes]), try two())
    let worse = Baseline(wrong, since: right)
    #expect(
      worse.regressed == [
        "one: VCI-RD-006 was right, and is wrong", "one: a test fails that passed: ext-001",
      ])
    #expect(worse.better == [])
    let better = Baseline(right, since: wrong)
    #expect(better.regressed == [])
    #expect(
      better.better == [
        "one: VCI-RD-006 was wrong, and is right", "one: a test passes that failed: ext-001",
      ])
  }

  @Test
  func `tells of a second test that fails in a cell that was wrong`() throws {
    let then = matrix(try one([.wrongBytes], also: [resultOfReads("ext-002")]))
    let now = matrix(try one([.wrongBytes], also: [resultOfReads("ext-002", [.crashed])]))
    #expect(
      Baseline(now, since: then).regressed == ["one: a test fails that passed: ext-002"])
  }

  @Test
  func `matches programs by name and language, in any order`() throws {
    let then = matrix(try one([.crashed]), try two())
    let swapped = Baseline(matrix(try two(), try one([.crashed])), since: then)
    #expect(swapped.regressed == [] && swapped.new == [])
    let gone = Baseline(matrix(try two()), since: then)
    #expect(gone.regressed == ["one is gone"])
    let added = Baseline(then, since: matrix(try two()))
    #expect(added.regressed == [])
    #expect(added.new == ["one 1"])
    let other = try reportOfProgram("one", language: "Rust", [resultOfReads("ext-001")])
    #expect(Baseline(matrix(other), since: matrix(try one())).regressed == ["one is gone"])
  }

  @Test
  func `tells of less that is applicable`() throws {
    let then = matrix(try one(also: [resultOfReads("ext-002")]))
    #expect(
      Baseline(matrix(try one()), since: then).regressed
        == ["one: 1 tests are applicable, 2 were"])
    let none = matrix(try reportOfProgram("one", language: "C", operations: [], []))
    #expect(
      Baseline(none, since: matrix(try one())).regressed == [
        "one: 0 tests are applicable, 1 were", "one: the run is incomplete, and was whole",
        "one: VCI-RD-006 was right, and is not applicable",
      ])
  }

  @Test
  func `tells of exchanges by who wrote and who read`() throws {
    var then = matrix(try one(), try two())
    var now = matrix(try two(), try one())
    then.exchanges = [exchange(0, 1, failed: 0), exchange(1, nil, failed: 2)]
    now.exchanges = [exchange(1, 0, failed: 1), exchange(0, nil, failed: 0)]
    let baseline = Baseline(now, since: then)
    #expect(
      baseline.regressed == ["two reads what one writes: 1 workloads fail, 0 did"])
    #expect(
      baseline.better == ["the checker reads what two writes: 0 workloads fail, 2 did"])
    now.exchanges = [exchange(1, 0, failed: 0, of: 3)]
    #expect(
      Baseline(now, since: then).regressed == [
        "two reads what one writes: 3 workloads, there were 12",
        "the checker reads what two writes: no workloads any more",
      ])
  }

  @Test
  func `is of the same lane, seed and choice`() throws {
    let then = matrix(try one())
    #expect(Baseline.flaw(of: then, lane: "few", seed: "3", only: nil) == nil)
    #expect(
      Baseline.flaw(of: then, lane: "full", seed: "3", only: nil)
        == "it is of the lane few, not full")
    #expect(
      Baseline.flaw(of: then, lane: "few", seed: "4", only: nil) == "it is of the seed 3, not 4")
    #expect(
      Baseline.flaw(of: then, lane: "few", seed: "3", only: "a") == "it is of all tests, not a")
  }
}
