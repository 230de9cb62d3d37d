public import SystemPackage
internal import VCICorpus

/// What a campaign is to do.
public struct Campaign: Sendable {
  /// The seed of every choice.
  public var seed: UInt64
  /// How many iterations are run, from 0 on; `nil` if only time or the user ends them.
  public var iterations: UInt64?
  /// The time after which no more iterations are begun; `nil` if there is no such time.
  public var time: Duration?
  /// How many processes share the iterations; it changes no result.
  public var jobs: Int
  /// What is run on each image.
  public var target: Target
  /// The folder of the corpus; `nil` if images come from plans alone.
  public var corpus: FilePath?
  /// Where cases with findings are stored.
  public var artifacts: CasePlace
  /// The most bytes of data that a job may have; `nil` if the machine's limit will do.
  public var memoryLimit: UInt64? = 1 << 30

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

  /// Reads the corpus.
  ///
  /// - Throws: `CorpusError`.
  func readCorpus() throws(CorpusError) -> CampaignCorpus {
    guard let corpus else { return CampaignCorpus(images: [], digest: Corpus.empty.digest) }
    let read = try Corpus(reading: corpus)
    return CampaignCorpus(
      images: read.entries.map { CorpusImage($0) }, digest: read.digest)
  }
}
