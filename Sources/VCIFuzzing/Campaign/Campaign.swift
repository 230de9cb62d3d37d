public import SystemPackage
internal import VCICorpus

/// The options of a campaign.
public struct Campaign: Sendable {
  /// The seed of all random choices.
  public var seed: UInt64
  /// The number of iterations, from 0 on; `nil` if only the time limit or the user ends the
  /// campaign.
  public var iterations: UInt64?
  /// The time after which no more iterations are dealt; `nil` if there is no limit.
  public var time: Duration?
  /// The number of processes that share the iterations. It changes no result.
  public var jobs: Int
  /// The functions to run on each image.
  public var target: Target
  /// The folder of the corpus; `nil` if images are made from plans only.
  public var corpus: FilePath?
  /// The place where cases with discrepancies are stored.
  public var artifacts: CasePlace
  /// The limit of the data segment of a job, in bytes; `nil` for the limit of the machine.
  public var memoryLimit: UInt64? = 1 << 30
  /// The programs that are asked in place of checker and reference; `nil` for those two.
  package var programs: CampaignPrograms?

  /// Makes a campaign of these values.
  public init(
    seed: UInt64, iterations: UInt64?, time: Duration? = nil, jobs: Int, target: Target,
    corpus: FilePath?, artifacts: CasePlace
  ) {
    self.seed = seed
    self.iterations = iterations
    self.time = time
    self.jobs = jobs
    self.target = target
    self.corpus = corpus
    self.artifacts = artifacts
  }

  /// The number of looks at a job in one iteration after which it is stuck. Of a program of others
  /// each answer may take a while.
  var patience: Int { 600 * max(1, programs?.names.count ?? 1) }

  /// Returns the cases of iterations.
  ///
  /// - Throws: `CorpusError` if the corpus cannot be read.
  package func cases(of iterations: [UInt64]) throws -> [PlannedImage] {
    var maker = CaseMaker(seed: seed, target: target, corpus: try readCorpus().images)
    return iterations.map { PlannedImage(edited: maker.make($0)) }
  }

  /// Returns the images of the corpus.
  ///
  /// - Throws: `CorpusError`.
  func readCorpus() throws(CorpusError) -> CampaignCorpus {
    guard let corpus else { return CampaignCorpus(images: [], digest: Corpus.empty.digest) }
    let read = try Corpus(reading: corpus)
    return CampaignCorpus(
      images: read.entries.map { CorpusImage($0) }, digest: read.digest)
  }
}
