internal import FoundationEssentials
internal import Glibc
internal import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// One process of a campaign: it runs every group of iterations whose index is its lane's, and leaves
/// what it counted on the board and what it found in files.
public struct Job: Sendable {
  /// The campaign.
  public let campaign: Campaign
  /// Which of the campaign's jobs it is, from 0.
  public let lane: Int

  /// Makes the job of `lane`.
  public init(_ campaign: Campaign, lane: Int) {
    self.campaign = campaign
    self.lane = lane
  }

  /// How many cases are stored for one kind of discrepancy and one rule.
  static let storedCases = 8

  /// Runs the lane from where the board says that it stands, to its end or until the campaign is
  /// stopped or gone.
  ///
  /// - Throws: `StorageError`, `CorpusError` where the board or a case cannot be written.
  public func run() throws {
    limitMemory()
    let board = try JobBoard(at: campaign.board, lanes: campaign.jobs, creating: false)
    let corpus = try campaign.readCorpus()
    var maker = CaseMaker(seed: campaign.seed, target: campaign.target, corpus: corpus.images)
    let judge = Judge(target: campaign.target, seed: campaign.seed)
    var log = FindingLog(campaign, lane, corpusDigest: corpus.digest)
    let parent = getppid()
    for iteration in Iterations(of: campaign, lane, from: board.next(of: lane)) {
      guard !board.isStopped, getppid() == parent else { return }
      board.begin(iteration, of: campaign.seed, in: lane)
      let fuzzCase = maker.make(iteration)
      try judge.judge(fuzzCase)
      if !judge.observation.discrepancies.isEmpty {
        try log.store(fuzzCase, judge.observation.discrepancies)
      }
      board.finish(iteration, judge.observation, in: lane)
    }
  }

  /// Stores the case of an iteration in which a job died.
  ///
  /// - Throws: `CorpusError` where it cannot be written.
  public static func store(
    _ iteration: UInt64, of campaign: Campaign, kind: DiscrepancyKind, detail: String
  ) throws {
    let corpus = try campaign.readCorpus()
    var maker = CaseMaker(seed: campaign.seed, target: campaign.target, corpus: corpus.images)
    let fuzzCase = maker.make(iteration)
    let artifact = Artifact(
      fuzzCase, seed: campaign.seed, target: campaign.target, corpusDigest: corpus.digest,
      discrepancies: [Discrepancy(kind, nil, detail)])
    _ = try artifact.write(fuzzCase.image.bytes, to: campaign.drafts)
  }

  /// Makes an allocation by an unchecked number fail rather than take the machine's memory.
  private func limitMemory() {
    guard let limit = campaign.memoryLimit else { return }
    var limits = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limits)
  }
}

/// The iterations of a lane, ascending.
struct Iterations: Sequence, IteratorProtocol {
  private var next64: UInt64
  private let end: UInt64
  private let lane: UInt64
  private let jobs: UInt64

  init(of campaign: Campaign, _ lane: Int, from start: UInt64) {
    self.lane = UInt64(lane)
    jobs = UInt64(campaign.jobs)
    end = campaign.iterations
    next64 = start
  }

  mutating func next() -> UInt64? {
    // The first iteration from here on whose group is the lane's.
    let group = next64 / CaseMaker.groupSize
    let distance = (lane + jobs - group % jobs) % jobs
    if distance > 0 { next64 = (group + distance) * CaseMaker.groupSize }
    guard next64 < end else { return nil }
    defer { next64 += 1 }
    return next64
  }
}

/// What a job found, kept in files so that it outlives the job.
struct FindingLog {
  private let campaign: Campaign
  private let lane: Int
  private let corpusDigest: String
  private var stored: [String: Int] = [:]

  init(_ campaign: Campaign, _ lane: Int, corpusDigest: String) {
    self.campaign = campaign
    self.lane = lane
    self.corpusDigest = corpusDigest
  }

  /// Stores a case, unless enough like it are stored.
  mutating func store(_ fuzzCase: FuzzCase, _ discrepancies: [Discrepancy]) throws {
    var isNew = false
    for key in Set(discrepancies.map(\.key)) {
      if stored[key, default: 0] < Job.storedCases { isNew = true }
      stored[key, default: 0] += 1
    }
    guard isNew else { return }
    let artifact = Artifact(
      fuzzCase, seed: campaign.seed, target: campaign.target, corpusDigest: corpusDigest,
      discrepancies: discrepancies)
    _ = try artifact.write(fuzzCase.image.bytes, to: campaign.drafts)
  }
}
