internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators

/// Runs iterations of a campaign in this process, one by one: for benchmarks and profilers.
public struct IterationRunner {
  private var maker: CaseMaker
  private let judge: Judge
  private let checker = Checker()
  private let image = SparseImage(SparseBytes(size: 0))

  /// Runs iterations of `seed`, without a corpus, on `target`.
  public init(seed: UInt64, target: Target = .all) {
    maker = CaseMaker(seed: seed, target: target, corpus: [])
    judge = Judge(target: target, seed: seed)
  }

  /// Runs an iteration; answers how many discrepancies it has.
  ///
  /// - Throws: nothing but what memory cannot do.
  public mutating func run(_ iteration: UInt64) throws -> Int {
    try judge.judge(maker.make(iteration))
    return judge.observation.discrepancies.count
  }

  /// Makes the case of an iteration, and runs nothing; answers how many edits it has.
  public mutating func makeCase(_ iteration: UInt64) -> Int {
    maker.make(iteration).edits.count
  }

  /// Makes the case of an iteration and checks its image; answers how many findings it has.
  ///
  /// - Throws: nothing but what memory cannot do.
  public mutating func checkCase(_ iteration: UInt64) throws -> Int {
    image.bytes = maker.make(iteration).image.bytes
    return try checker.check(image).findings.count
  }
}
