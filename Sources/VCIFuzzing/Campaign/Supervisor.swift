internal import Glibc
internal import SystemPackage
internal import VCIFormat

/// The progress of a running campaign; never part of its report.
public struct CampaignProgress: Sendable {
  /// Iterations done so far.
  public let done: UInt64
  /// Iterations asked for; `nil` if only time ends the campaign.
  public let total: UInt64?
  /// The number of discrepancies so far.
  public let discrepancies: UInt64
}

/// Why a campaign ended.
public enum CampaignEnding: Hashable, Sendable {
  /// All iterations were run.
  case complete
  /// Its time is up.
  case time
  /// It was interrupted.
  case interrupted
  /// Its jobs died too often, the last one for this reason.
  case givenUp(String)
}

/// Runs the jobs of a campaign: gives them iterations, keeps their discrepancies, replaces jobs
/// that die, and ends jobs that are stuck.
///
/// The clock is used here alone: to find stuck jobs, and to end a campaign whose time is up. No
/// result depends on it unless a job is stuck.
struct Supervisor {
  /// One of the places on the board, and the process that has it.
  struct JobSlot {
    var process: JobProcess?
    /// What its process is for.
    var work = Work.run
    /// What its last process was given; the board knows how much of that is done.
    var held: Range<UInt64>?
    /// Whether its process has not asked for anything yet.
    var isFresh = true
    /// How many processes ended here in a row without an iteration done, and how many iterations
    /// there were then.
    var deaths = (count: 0, iterations: UInt64(0))
    /// How many looks it waits until its next process is started.
    var pause = 0
    /// The iteration that was seen last, and for how many looks.
    var seen: (iteration: UInt64?, looks: Int) = (nil, 0)
    var isStuck = false
    var state = State.open
  }

  /// What a process of a slot is for.
  enum Work: Hashable {
    /// It runs iterations.
    case run
    /// It stores the case of an iteration in which a job died.
    case store(UInt64, DiscrepancyKind, String)
    /// It has stored that, and ends.
    case stored
  }

  enum State {
    /// It has a process, or waits for one.
    case open
    /// There was nothing left for it.
    case ended
    /// Its processes died too often.
    case givenUp
  }

  let campaign: Campaign
  let corpus: CampaignCorpus
  let board: JobBoard
  var dealer: Dealer
  var shelf = DiscrepancyShelf()
  var slots: [JobSlot]
  /// Iterations in which jobs were killed so often that they are left out.
  var leftOut: [UInt64] = []
  /// How the last process ended that ended too early.
  var lastReason = ""
  private(set) var ending = CampaignEnding.complete
  /// How many looks ago the campaign was interrupted.
  private var looksSinceStop = 0

  /// The supervisor looks every 100 ms. A job is stuck after 600 looks at one iteration (a minute).
  /// The jobs of an interrupted campaign are ended after 50 looks (five seconds).
  private static let look = Duration.milliseconds(100)
  private static let patience = 600
  private static let grace = 50

  init(_ campaign: Campaign, _ corpus: CampaignCorpus, _ board: JobBoard) {
    (self.campaign, self.corpus, self.board) = (campaign, corpus, board)
    dealer = Dealer(end: campaign.iterations ?? .max)
    slots = Array(repeating: JobSlot(), count: campaign.jobs)
  }

  /// Runs the campaign to its end.
  mutating func run(isInterrupted: () -> Bool, progress: (CampaignProgress) -> Void) {
    // The ends of processes are to be asked for, whatever this one's parent wished.
    _ = signal(SIGCHLD, SIG_DFL)
    _ = signal(SIGPIPE, SIG_IGN)
    let start = ContinuousClock.now
    var (last, looks) = (start, 0)
    for slot in slots.indices { startProcess(slot) }
    while slots.contains(where: { $0.state == .open }) {
      waitForNews()
      for slot in slots.indices { attend(slot) }
      guard ContinuousClock.now - last >= Self.look else { continue }
      (last, looks) = (ContinuousClock.now, looks + 1)
      if isInterrupted() { stop() }
      if let time = campaign.time, last - start >= time { endDealing() }
      for slot in slots.indices { lookAfter(slot) }
      if looks % 5 == 0 { progress(self.progress) }
    }
    let isShort = ending == .time ? !dealer.returned.isEmpty : !dealer.isExhausted
    if ending != .interrupted, isShort { ending = .givenUp(lastReason) }
  }

  /// The sum of the counts of all slots.
  var tally: Tally {
    var sum = Tally()
    for slot in slots.indices { sum.add(board.tally(of: slot)) }
    return sum
  }

  private var progress: CampaignProgress {
    let sum = tally
    return CampaignProgress(
      done: sum[.iterations], total: campaign.iterations, discrepancies: sum[.findings])
  }

  /// The iterations that were run.
  var done: [ClosedRange<UInt64>] {
    let held = slots.indices.compactMap { slot in
      slots[slot].held.map { board.rest(of: $0, in: slot) }
    }
    return dealer.done(without: held + leftOut.map { $0..<$0 + 1 })
  }

  /// Waits until some job has something to tell, or it is time to look again.
  private func waitForNews() {
    var files = slots.compactMap(\.process).flatMap(\.files).map {
      pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0)
    }
    _ = unsafe poll(&files, nfds_t(files.count), 50)
  }

  /// Lets the jobs end their iterations, and starts no more.
  private mutating func stop() {
    board.isStopped = true
    ending = .interrupted
    looksSinceStop += 1
    for slot in slots.indices {
      if slots[slot].process == nil { slots[slot].state = .ended }
      if looksSinceStop >= Self.grace, let process = slots[slot].process {
        kill(process.id, SIGKILL)
      }
    }
  }

  /// Lets the jobs end what they were given; what was done is then all that is below some
  /// iteration.
  private mutating func endDealing() {
    guard !dealer.isExhausted, ending == .complete else { return }
    ending = .time
    dealer.close()
  }

  /// Starts the process that waits, and ends one that does not come back.
  private mutating func lookAfter(_ slot: Int) {
    guard let process = slots[slot].process else {
      guard slots[slot].state == .open else { return }
      slots[slot].pause -= 1
      if slots[slot].pause <= 0 { startProcess(slot) }
      return
    }
    let iteration = board.current(of: slot)
    guard iteration != nil, iteration == slots[slot].seen.iteration else {
      slots[slot].seen = (iteration, 0)
      return
    }
    slots[slot].seen.looks += 1
    guard slots[slot].seen.looks > Self.patience else { return }
    slots[slot].isStuck = true
    kill(process.id, SIGKILL)
  }
}
