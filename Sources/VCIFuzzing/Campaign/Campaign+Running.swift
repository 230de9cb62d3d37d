public import SystemPackage
internal import VCICorpus
internal import VCIFormat

extension Campaign {
  /// Runs the campaign and returns its report. Its jobs are forked from this process, which must
  /// have one thread.
  ///
  /// A job that dies in an iteration is a discrepancy; another job takes its slot and continues
  /// with the next iteration. `heading` is called before the first iteration, and `progress` about
  /// twice a second. After `isInterrupted` returns `true`, the jobs end their current iterations,
  /// and the report covers the iterations done. `replay` returns the command that runs an iteration
  /// again. The job board is a file in `temporary`.
  ///
  /// - Throws: `CorpusError` if the corpus cannot be read or there is no room for the board;
  ///   `JobFailure` if no job could run.
  public func run(
    temporary: FilePath, replay: (UInt64) -> String, isInterrupted: () -> Bool,
    heading: (String) -> Void, progress: (CampaignProgress) -> Void
  ) throws -> CampaignReport {
    let corpus = try readCorpus()
    let board = try JobBoard(in: temporary, slots: jobs)
    heading(
      CampaignReport.heading(
        seed: seed, iterations: iterations, target: target, corpusImages: corpus.images.count,
        corpusDigest: corpus.digest, programs: programs?.names ?? []))
    var supervisor = Supervisor(self, corpus, board)
    supervisor.run(isInterrupted: isInterrupted, progress: progress)
    let tally = supervisor.tally
    if tally[.iterations] == 0, case .givenUp(let reason) = supervisor.ending {
      throw JobFailure(reason: reason)
    }
    return CampaignReport(
      seed: seed, iterations: iterations, target: target, corpusImages: corpus.images.count,
      corpusDigest: corpus.digest, ending: supervisor.ending, done: supervisor.done,
      leftOut: supervisor.leftOut.sorted(), tally: tally, programs: programs?.names ?? [],
      discrepancies: supervisor.shelf.discrepancies.map { found, discrepancy in
        CampaignReport.ListedDiscrepancy(
          found, discrepancy, at: artifacts, seed, replay: replay(found.iteration))
      })
  }
}

extension CampaignReport.ListedDiscrepancy {
  /// Makes a discrepancy to list. Its case is stored at `place`, or could not be stored.
  fileprivate init(
    _ found: FoundCase, _ discrepancy: Discrepancy, at place: CasePlace, _ seed: UInt64,
    replay: String
  ) {
    (iteration, self.replay) = (found.iteration, replay)
    (kind, rule, terms, detail) = (
      discrepancy.kind.rawValue, discrepancy.rule?.id, discrepancy.terms, discrepancy.detail
    )
    key = discrepancy.key
    switch found.storing {
    case .stored(let stored):
      artifact = place.path(of: iteration, seed, stored.number)
      notStored = nil
    case .failed(let reason): (artifact, notStored) = (nil, reason)
    }
  }
}

/// The error of a campaign whose jobs cannot run at all.
public struct JobFailure: Error, CustomStringConvertible {
  let reason: String
  public var description: String { "no job can run: \(reason)" }
}
