import Testing
import VCIFormat
import VCIFuzzing
import VCIGenerators

@testable import VCIConformance

private let taken = PortAnswer.done(.nothing)
private let refused = PortAnswer.refused(PortAnswer.Refusal(class: "other"))

/// Runs a clean image with programs. Returns the keys of what is found.
private func keys(
  _ target: Target = .probe, _ adapters: FakeAdapter...
) throws -> [String] {
  let image = PlannedImage(blocks: 21, isFixed: false, [])
  let runner = AdapterRunner(adapters, target, in: try WorkFolder())
  return runner.run(image).discrepancies.map(\.key)
}

/// A program that answers a probe with these answers, the last of them for ever.
private func probing(_ answers: PortAnswer...) -> FakeAdapter {
  var rest = answers
  return FakeAdapter(["probe"]) { _ in rest.count > 1 ? rest.removeFirst() : rest[0] }
}

/// An image with an extent that runs past it: an open may refuse it.
private let damaged = """
  blocks: 4096
  map: 2
  leaf tree at 4
    extent 100+8 at 16

  tree/extent[0].blockAddress = 5000
  refit

  """

/// Runs an image with two programs that answer an open for reading so.
private func answers(
  of recipe: String, _ one: PortAnswer, _ other: PortAnswer, _ table: ChoiceTable = .standard
) throws -> ProgramOutcome {
  let programs = [one, other].map { answer in
    FakeAdapter(["open-ro"]) { $0.op == "open" ? answer : taken }
  }
  let bytes = try Recipe(parsing: recipe).image().bytes
  let image = PlannedImage(bytes.bytes(at: 0, count: Int(bytes.size)), [])
  return AdapterRunner(programs, .open, in: try WorkFolder(), table).run(image)
}

struct `A case of a campaign, run with adapters,` {
  @Test
  func `has no findings if all answer as expected`() throws {
    #expect(try keys(.probe, probing(taken), probing(taken)) == [])
  }

  @Test
  func `has the failures of each, and where they disagree`() throws {
    #expect(
      try keys(.probe, probing(taken), probing(refused), probing(taken)) == [
        "adapter 2 rejected-valid VCI-RD-001 probe",
        "disagreement probe rule VCI-RD-001 1,3=allowed 2=wrong",
      ])
  }

  @Test
  func `has no disagreement of programs that fail alike`() throws {
    #expect(
      try keys(.probe, probing(refused), probing(refused)) == [
        "adapter 1 rejected-valid VCI-RD-001 probe", "adapter 2 rejected-valid VCI-RD-001 probe",
      ])
  }

  @Test
  func `has no disagreement where a clause leaves the choice, which is counted`() throws {
    let outcome = try answers(of: damaged, refused, taken)
    #expect(outcome.discrepancies.map(\.key) == [])
    #expect(
      [outcome.differencesByChoice, outcome.differencesByRule, outcome.holes] == [1, 0, 0])
  }

  @Test
  func `has a disagreement where nothing decides, a hole of the specification`() throws {
    let outcome = try answers(of: damaged, refused, taken, ChoiceTable(choices: []))
    #expect(
      outcome.discrepancies.map(\.key) == [
        "disagreement open-ro hole none 1=allowed 2=allowed"
      ])
    #expect(
      [outcome.differencesByChoice, outcome.differencesByRule, outcome.holes] == [0, 0, 1])
    #expect(
      outcome.discrepancies.first?.detail
        == "open-ro IMG: no rule and no ruling decides between these answers; "
        + "1: refused (allowed); 2: taken (allowed)")
  }

  @Test
  func `tells a failure apart that does not come again`() throws {
    #expect(
      try keys(.probe, probing(refused, taken), probing(taken)) == [
        "flaky 1 rejected-valid VCI-RD-001 probe"
      ])
  }

  @Test
  func `has the failure of a program that gives no answer, which disagrees with none`() throws {
    let crashing = FakeAdapter(["probe"]) { _ throws(AdapterFailure) in
      throw .crashed("it was ended by signal 11")
    }
    #expect(
      try keys(.probe, crashing, probing(taken)) == ["adapter 1 crashed VCI-RD-007 probe"])
  }

  @Test(arguments: [
    (Target.probe, ["probe"]), (.open, ["probe", "open-ro", "close"]), (.check, ["check"]),
    (.ops, ["check", "open-rw", "close"]),
    (.all, ["probe", "open-ro", "close", "check", "open-rw", "close"]),
  ])
  func `asks for what the target has`(target: Target, expected: [String]) throws {
    // 21 blocks leave spare bits.
    let spare = PortAnswer.Finding(rule: "VCI-HDR-012", class: "advice")
    let adapter = FakeAdapter(["probe", "open-ro", "open-rw", "check"], features: [.trees]) {
      $0.op == "check" ? .done(.findings([spare])) : taken
    }
    #expect(try keys(target, adapter) == [])
    #expect(
      adapter.requests.map { $0.op == "open" ? $0.words.prefix(7).description : $0.op }
        == expected)
  }

  @Test
  func `runs operations on what the program creates`() throws {
    let image = PlannedImage(blocks: 21, isFixed: false, [.flush])
    let adapter = FakeAdapter(["create", "open-rw", "write"]) {
      $0.op == "create" ? refused : taken
    }
    let runner = AdapterRunner([adapter], .ops, in: try WorkFolder())
    let outcome = runner.run(image)
    #expect(outcome.discrepancies.map(\.key) == ["adapter 1 operation-failed VCI-WR-006 create"])
    #expect((outcome.imageTests, outcome.workloadTests) == (1, 1))
  }

  @Test
  func `counts tests of which nothing is asked`() throws {
    let image = PlannedImage(first: ImageChoice(seed: 1, kind: .valid))
    let outcome = AdapterRunner([probing(taken)], .check, in: try WorkFolder()).run(image)
    #expect((outcome.imageTests, outcome.notApplicable, outcome.notRun) == (1, 1, 0))
  }
}
