internal import Glibc
internal import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// The corpus of a campaign.
struct CampaignCorpus: Sendable {
  let images: [CorpusImage]
  let digest: String
}

/// The work of one process of a campaign: runs iterations, counts on the board, and sends its
/// discrepancies.
struct Job {
  let campaign: Campaign
  let corpus: CampaignCorpus

  /// Runs the ranges that `link` gives, until there are no more or the campaign is stopped.
  ///
  /// - Throws: `Errno` if the process of the campaign has ended.
  func run(_ link: JobLink) throws {
    limitMemory()
    let board = link.board
    var maker = maker
    let runner = try CaseRunner(
      target: campaign.target, seed: campaign.seed, campaign.programs)
    var log = FirstDiscrepancies()
    while !board.isStopped, let range = try link.nextRange() {
      board.enter(range, in: link.slot)
      for iteration in range {
        guard !board.isStopped else { return }
        board.begin(iteration, in: link.slot)
        let fuzzCase = maker.make(iteration)
        try runner.run(fuzzCase)
        let discrepancies = runner.observation.discrepancies
        if !discrepancies.isEmpty, log.isAmongFirst(iteration, discrepancies) {
          try link.send(.found(store(fuzzCase, discrepancies)))
        }
        board.finish(iteration, runner.observation, in: link.slot)
      }
    }
  }

  /// Stores the case of an iteration in which a job died, and reports it.
  ///
  /// - Throws: `Errno` if the process of the campaign has ended.
  func store(
    _ iteration: UInt64, kind: DiscrepancyKind, detail: String, _ link: JobLink
  ) throws {
    limitMemory()
    var maker = maker
    let found = store(maker.make(iteration), [Discrepancy(kind, nil, detail)])
    try link.send(.found(found))
  }

  private var maker: CaseMaker {
    CaseMaker(seed: campaign.seed, target: campaign.target, corpus: corpus.images)
  }

  /// Stores a case. If that fails, the result has the reason, and the campaign continues.
  private func store(_ fuzzCase: FuzzCase, _ discrepancies: [Discrepancy]) -> FoundCase {
    let (stored, image) = StoredCase.make(
      fuzzCase, seed: campaign.seed, target: campaign.target, corpusDigest: corpus.digest,
      discrepancies)
    var storing: FoundCase.Storing
    do throws(CorpusError) {
      storing = .stored(try campaign.artifacts.store(stored, image))
    } catch {
      storing = .failed("\(error)")
    }
    return FoundCase(
      iteration: fuzzCase.iteration, discrepancies: discrepancies, storing: storing)
  }

  /// Limits the memory of the process, so that an allocation of an unchecked size fails instead of
  /// exhausting the machine.
  private func limitMemory() {
    guard let limit = campaign.memoryLimit else { return }
    let resource = __rlimit_resource_t(RLIMIT_DATA.rawValue)
    var limits = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
    if campaign.programs != nil {
      // Programs of others have a limit of their own, which may be higher.
      guard unsafe getrlimit(resource, &limits) == 0 else { return }
      limits.rlim_cur = min(limits.rlim_max, rlim_t(limit))
    }
    _ = unsafe setrlimit(resource, &limits)
  }
}

/// The lowest iterations of a job for each kind and rule of discrepancy. It avoids storing cases
/// that the campaign would not keep.
struct FirstDiscrepancies {
  private var first: [String: [UInt64]] = [:]

  /// Adds `iteration`. Returns whether one of its discrepancies is among the first of its kind and
  /// rule in this job.
  mutating func isAmongFirst(_ iteration: UInt64, _ discrepancies: [Discrepancy]) -> Bool {
    var isAmong = false
    for key in Set(discrepancies.map(\.key)) {
      var list = first[key, default: []]
      list.append(iteration)
      list.sort()
      let isFull = list.count > DiscrepancyShelf.limit
      if !isFull || list.last != iteration { isAmong = true }
      first[key] = isFull ? list.dropLast() : list
    }
    return isAmong
  }
}
