@testable import VCIFuzzing
import PropertyEngine
import SystemPackage
import Testing
import VCIFormat
import VCIGenerators

struct `A case` {
  @Test
  func `is a function of seed and iteration, whatever was made before`() {
    var inOrder = CaseMaker(seed: 4, target: .all, corpus: [])
    let cases = (0..<64 as Range<UInt64>).map { inOrder.make($0) }
    var backwards = CaseMaker(seed: 4, target: .all, corpus: [])
    for fuzzCase in cases.reversed() {
      let again = backwards.make(fuzzCase.iteration)
      #expect(again.edits == fuzzCase.edits)
      #expect(again.image.bytes == fuzzCase.image.bytes)
      #expect(again.forecast == fuzzCase.forecast)
      #expect(again.workload == fuzzCase.workload)
    }
  }

  @Test
  func `is the same as its text makes it`() throws {
    let corpus = [CorpusImage(id: "a", bytes: [UInt8](repeating: 7, count: 2000))]
    var maker = CaseMaker(seed: 5, target: .all, corpus: corpus)
    var bases: Set<String> = []
    for iteration in stride(from: UInt64(0), to: 3000, by: 37) {
      let fuzzCase = maker.make(iteration)
      bases.insert(fuzzCase.base.description.split(separator: " ")[0].lowercased())
      let made = StoredCase.make(
        fuzzCase, seed: 5, target: .all, corpusDigest: "00000000",
        [Discrepancy(.missed, .treeDepth, "made up")])
      let stored = try StoredCase(parsing: made.stored.description)
      let again = stored.fuzzCase
      #expect(again.image.bytes.materialized(limit: 1 << 30) == made.bytes)
      #expect(again.image.bytes == fuzzCase.image.bytes)
      #expect(again.forecast == fuzzCase.forecast)
      #expect(again.workload == fuzzCase.workload)
      #expect(again.base == fuzzCase.base && again.kind == fuzzCase.kind)
      #expect(again.iteration == iteration)
      #expect(stored.seed == 5 && stored.target == .all && stored.image == made.stored.image)
      #expect(stored.discrepancies == made.stored.discrepancies)
      #expect(stored.description == made.stored.description)
    }
    #expect(bases == ["plan", "a", "created"])
  }

  @Test
  func `has operations in a quarter of all iterations, or in each of its target`() {
    for (target, share) in [(Target.all, 256), (.ops, 1000), (.check, 0), (.open, 0)] {
      var maker = CaseMaker(seed: 6, target: target, corpus: [])
      let cases = (0..<1000 as Range<UInt64>).map { maker.make($0) }
      // After some workloads a sector is damaged, in place of a comparison.
      let damaged = cases.count { [.stale, .misdirected].contains($0.kind) }
      #expect(cases.count { $0.workload != nil } == share - damaged, "\(target)")
      #expect(target == .all ? (4...24).contains(damaged) : damaged == 0, "\(target): \(damaged)")
    }
  }

  @Test
  func `has the same operations whether or not others are looked at`() {
    var all = CaseMaker(seed: 7, target: .all, corpus: [])
    var ops = CaseMaker(seed: 7, target: .ops, corpus: [])
    for iteration in 64..<72 as Range<UInt64> {
      #expect(all.make(iteration).workload == ops.make(iteration).workload)
    }
  }
}

struct `A comparison` {
  /// What a comparison reports of a case after `change`.
  private func kinds(_ change: (inout FuzzCase) -> Void) throws -> [DiscrepancyKind] {
    var image = EditableImage(
      ImagePlan(
        blocks: 4096, mapAddress: 2, rootAddress: 4,
        extents: [Extent(offset: 0, blocks: 1, address: 12)], size: 13 * 512))
    image.apply(.change(.extent(.root, slot: 0, .extentFlags), .to(1)))
    var fuzzCase = FuzzCase(
      iteration: 0, base: .plan, kind: .breakage, edits: [],
      image: image, isChanged: true, forecast: image.model.flatMap { Forecast($0) },
      before: RuleSet())
    change(&fuzzCase)
    let comparer = CaseComparer(target: .all, seed: 1)
    try comparer.compare(fuzzCase)
    return comparer.observation.discrepancies.map(\.kind)
  }

  private func replaced(_ fuzzCase: FuzzCase, forecast image: EditableImage) -> FuzzCase {
    FuzzCase(
      iteration: 0, base: .plan, kind: .breakage, edits: [],
      image: fuzzCase.image, isChanged: true, forecast: image.model.flatMap { Forecast($0) },
      before: RuleSet())
  }

  @Test
  func `finds nothing where all is as forecast`() throws {
    #expect(try kinds { _ in } == [])
  }

  @Test
  func `takes two findings at one byte for two`() throws {
    // Two leaks of one block each, whose bits share a byte.
    let found = try kinds { fuzzCase in
      var other = fuzzCase.image
      for edit in [
        Edit.change(.extent(.root, slot: 0, .extentFlags), .to(0)), .toggle(17), .toggle(19),
      ] { other.apply(edit) }
      fuzzCase = FuzzCase(
        iteration: 0, base: .plan, kind: .breakage, edits: [],
        image: other, isChanged: true,
        forecast: other.model.flatMap { Forecast($0) }, before: RuleSet())
    }
    #expect(found == [])
  }

  @Test
  func `finds what is forecast and not found, and the reverse`() throws {
    let found = try kinds { fuzzCase in
      var other = fuzzCase.image
      other.apply(.change(.extent(.root, slot: 0, .extentFlags), .to(0)))
      other.apply(.change(.extent(.root, slot: 0, .extentReserved), .to(1)))
      fuzzCase = replaced(fuzzCase, forecast: other)
    }
    #expect(found == [.unexpected, .missed])
  }

  @Test
  func `finds a probe and an open that disagree with the forecast`() throws {
    let found = try kinds { fuzzCase in
      var other = fuzzCase.image
      other.apply(.change(.field(.version), .to(2)))
      fuzzCase = replaced(fuzzCase, forecast: other)
    }
    #expect(found == [.missed, .unexpected, .probeAccepted, .openAccepted])
  }
}
