@testable import VCIFuzzing
import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

struct `A run of a workload` {
  /// The first finding of a kind of a faulty writer among the cases of a seed.
  private func find(
    _ fault: ModelImage.Fault?, iterations: UInt64 = 400
  ) throws -> (fuzzCase: FuzzCase, kind: DiscrepancyKind)? {
    let judge = Judge(
      target: .ops, seed: 1, implementation: ModelImage.implementation(fault))
    for fuzzCase in Self.cases(iterations) {
      try judge.judge(fuzzCase)
      if let first = judge.observation.discrepancies.first { return (fuzzCase, first.kind) }
    }
    return nil
  }

  /// Cases on created images: the model knows no tree but a leaf.
  private static func cases(_ iterations: UInt64) -> [FuzzCase] {
    var maker = CaseMaker(seed: 1, target: .ops, corpus: [])
    return (0..<iterations).map { maker.make($0) }.filter(\.isCreated)
  }

  @Test
  func `finds nothing wrong with a writer that is right`() throws {
    let found = try find(nil, iterations: 200)
    #expect(found == nil, "\(found?.kind.rawValue ?? "")")
  }

  struct Planted {
    let fault: ModelImage.Fault
    let kind: DiscrepancyKind
    let operations: [String]
  }

  private static let planted: [Planted] = [
    Planted(
      fault: .losesWrite, kind: .wrongBytes, operations: ["write 0+1 = 0", "write 0+1 = 1"]),
  ]

  @Test(arguments: ModelImage.Fault.allCases)
  func `finds every fault of a writer, and shrinks what shows it`(
    fault: ModelImage.Fault
  ) throws {
    let found = try #require(try find(fault))
    let judge = Judge(
      target: .ops, seed: 1, implementation: ModelImage.implementation(fault))
    let start = found.fuzzCase
    let effort = ShrinkEffort(limit: 20_000)
    var minimizer = Minimizer(
      FuzzCase(CreatedImage(blocks: 64, type: .dynamic), iteration: 0), edits: [],
      workload: start.workload, effort: effort
    ) { fuzzCase in
      try? judge.judge(fuzzCase)
      return judge.observation.discrepancies.contains { $0.kind == found.kind }
    }
    minimizer.base = start
    minimizer.best = start
    minimizer.run()
    print(fault, found.kind, start.workload!.operations.count, minimizer.best.base, minimizer.best.workload!.lines, effort.spent)
  }
}
