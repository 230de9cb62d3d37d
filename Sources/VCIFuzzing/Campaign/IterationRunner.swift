internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators

/// Runs iterations of a campaign in this process, one after the other, for benchmarks and
/// profilers.
public struct IterationRunner {
  private var maker: CaseMaker
  private let comparer: CaseComparer
  private let checker = Checker()
  private let image = SparseImage(SparseBytes(size: 0))

  /// Makes a runner for iterations of `seed` on `target`, without a corpus.
  public init(seed: UInt64, target: Target = .all) {
    maker = CaseMaker(seed: seed, target: target, corpus: [])
    comparer = CaseComparer(target: target, seed: seed)
  }

  /// Runs an iteration. Returns the number of discrepancies.
  ///
  /// - Throws: `StorageError`, but never for an image in memory.
  public mutating func run(_ iteration: UInt64) throws -> Int {
    try comparer.compare(maker.make(iteration))
    return comparer.observation.discrepancies.count
  }

  /// Makes the case of an iteration without running it. Returns the number of edits.
  public mutating func makeCase(_ iteration: UInt64) -> Int {
    maker.make(iteration).edits.count
  }

  /// Makes the case of an iteration and checks its image. Returns the number of findings.
  ///
  /// - Throws: `StorageError`, but never for an image in memory.
  public mutating func checkCase(_ iteration: UInt64) throws -> Int {
    image.bytes = maker.make(iteration).image.bytes
    return try checker.check(image).findings.count
  }
}
