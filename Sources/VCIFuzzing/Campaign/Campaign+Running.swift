public import SystemPackage
internal import VCICorpus
internal import VCIFormat

extension Campaign {
  /// Runs the campaign: its jobs are copies of this process, which must have one thread.
  ///
  /// A job that dies in an iteration is a discrepancy; another takes its slot, one iteration
  /// further. `heading` is told before anything is run, `progress` about twice a second. If
  /// `isInterrupted` says so, the jobs end their iterations, and the report covers what was done.
  /// `replay` is the command that runs an iteration again. The board of the jobs is a file in
  /// `temporary`.
  ///
  /// - Throws: `CorpusError` if the corpus cannot be read or there is no room for the board;
  ///   `JobFailure` if no job can be started.
  public func run(
    temporary: FilePath, replay: (UInt64) -> String, isInterrupted: () -> Bool,
    heading: (String) -> Void, progress: (CampaignProgress) -> Void
  ) throws -> CampaignReport {
    let corpus = try readCorpus()
    let board = try JobBoard(in: temporary, slots: jobs)
    heading(
      CampaignReport.heading(
        seed: seed, iterations: iterations, target: target, corpusImages: corpus.images.count,
        corpusDigest: corpus.digest))
    var supervisor = Supervisor(self, corpus, board)
    supervisor.run(isInterrupted: isInterrupted, progress: progress)
    let tally = supervisor.tally
    if tally[.iterations] == 0, case .givenUp(let reason) = supervisor.ending {
      throw JobFailure(reason: reason)
    }
    return CampaignReport(
      seed: seed, iterations: iterations, target: target, corpusImages: corpus.images.count,
      corpusDigest: corpus.digest, ending: supervisor.ending, done: supervisor.done,
      leftOut: supervisor.leftOut.sorted(), tally: tally,
      discrepancies: supervisor.shelf.discrepancies.map { found, discrepancy in
        CampaignReport.ListedDiscrepancy(
          found, discrepancy, at: artifacts, seed, replay: replay(found.iteration))
      })
  }
}

extension CampaignReport.ListedDiscrepancy {
  /// The discrepancy of a case that is stored at `place`, or is not.
  fileprivate init(
    _ found: FoundCase, _ discrepancy: Discrepancy, at place: CasePlace, _ seed: UInt64,
    replay: String
  ) {
    (iteration, self.replay) = (found.iteration, replay)
    (kind, rule, detail) = (
      discrepancy.kind.rawValue, discrepancy.rule?.id, discrepancy.detail
    )
    switch found.storing {
    case .stored(let stored):
      artifact = place.path(of: iteration, seed, stored.number)
      notStored = nil
    case .failed(let reason): (artifact, notStored) = (nil, reason)
    }
  }
}

/// A campaign whose jobs cannot run at all.
public struct JobFailure: Error, CustomStringConvertible {
  let reason: String
  public var description: String { "no job can run: \(reason)" }
}
