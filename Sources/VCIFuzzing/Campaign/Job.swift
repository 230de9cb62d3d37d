internal import Glibc
internal import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// The images that a campaign draws from.
struct CampaignCorpus: Sendable {
  /// The images.
  let images: [CorpusImage]
  /// What tells this corpus from others.
  let digest: String
}

/// One process of a campaign: it runs the iterations that it is given, leaves what it counts on the
/// board, and tells of what it finds.
struct Job {
  /// The campaign.
  let campaign: Campaign
  /// Its corpus.
  let corpus: CampaignCorpus

  /// Runs what `link` gives, until there is no more or the campaign is stopped.
  ///
  /// - Throws: `Errno` where the campaign is gone.
  func run(_ link: JobLink) throws {
    limitMemory()
    let board = link.board
    var maker = maker
    let judge = Judge(target: campaign.target, seed: campaign.seed)
    var log = FindingLog()
    while !board.isStopped, let range = try link.nextRange() {
      board.enter(range, in: link.lane)
      for iteration in range {
        guard !board.isStopped else { return }
        board.begin(iteration, of: campaign.seed, in: link.lane)
        let fuzzCase = maker.make(iteration)
        try judge.judge(fuzzCase)
        let discrepancies = judge.observation.discrepancies
        if !discrepancies.isEmpty, log.isAmongFirst(iteration, discrepancies) {
          try link.send(.found(store(fuzzCase, discrepancies)))
        }
        board.finish(iteration, judge.observation, in: link.lane)
      }
    }
  }

  /// Stores the case of an iteration in which a job died, and tells of it.
  ///
  /// - Throws: `Errno` where the campaign is gone.
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

  /// Stores a case; where that fails, the campaign is to tell of it, and goes on.
  private func store(_ fuzzCase: FuzzCase, _ discrepancies: [Discrepancy]) -> FoundCase {
    let artifact = Artifact(
      fuzzCase, seed: campaign.seed, target: campaign.target, corpusDigest: corpus.digest,
      discrepancies: discrepancies)
    var storing: FoundCase.Storing
    do throws(CorpusError) {
      storing = .stored(
        try campaign.artifacts.store(artifact, image: fuzzCase.image.bytes))
    } catch {
      storing = .failed("\(error)")
    }
    return FoundCase(
      iteration: fuzzCase.iteration, findings: artifact.findings, storing: storing)
  }

  /// Makes an allocation by an unchecked number fail rather than take the machine's memory.
  private func limitMemory() {
    guard let limit = campaign.memoryLimit else { return }
    var limits = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limits)
  }
}

/// Which iterations of a job had findings: of each kind and rule the first few.
struct FindingLog {
  private var first: [String: [UInt64]] = [:]

  /// Whether a finding of `iteration` is among the first of its kind that this job had.
  mutating func isAmongFirst(_ iteration: UInt64, _ discrepancies: [Discrepancy]) -> Bool {
    var isAmong = false
    for key in Set(discrepancies.map(\.key)) {
      var list = first[key, default: []]
      list.append(iteration)
      list.sort()
      let isFull = list.count > FindingShelf.limit
      if !isFull || list.last != iteration { isAmong = true }
      first[key] = isFull ? list.dropLast() : list
    }
    return isAmong
  }
}
