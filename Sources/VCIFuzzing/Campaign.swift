public import SystemPackage
internal import VCICorpus

/// What a campaign is to do.
public struct Campaign: Sendable {
  /// The seed of every choice.
  public var seed: UInt64
  /// How many iterations are run, from 0 on.
  public var iterations: UInt64
  /// How many processes share them; it changes no result.
  public var jobs: Int
  /// What is run on each image.
  public var target: Target
  /// The folder of the corpus; `nil` where images come from plans alone.
  public var corpus: FilePath?
  /// The folder in which cases with findings are stored.
  public var artifacts: FilePath
  /// A folder of this campaign alone, where its jobs work; it is removed at the end.
  public var workplace: FilePath
  /// The most bytes of data that a job may have; `nil` where the machine's limit will do.
  public var memoryLimit: UInt64? = 1 << 30

  /// Makes a campaign of these values.
  public init(
    seed: UInt64, iterations: UInt64, jobs: Int, target: Target, corpus: FilePath?,
    artifacts: FilePath, workplace: FilePath
  ) {
    self.seed = seed
    self.iterations = iterations
    self.jobs = jobs
    self.target = target
    self.corpus = corpus
    self.artifacts = artifacts
    self.workplace = workplace
  }

  /// The file that the jobs share as memory.
  var board: FilePath { workplace.appending("board") }
  /// Where jobs store cases, before it is known which are kept.
  var drafts: FilePath { workplace.appending("cases") }

  /// Reads the corpus.
  ///
  /// - Throws: `CorpusError`.
  func readCorpus() throws(CorpusError) -> (images: [CorpusImage], digest: String) {
    guard let corpus else { return ([], Corpus.empty.digest) }
    let read = try Corpus(reading: corpus)
    return (read.entries.map { CorpusImage(id: $0.vector.id, bytes: $0.bytes) }, read.digest)
  }
}
