internal import Glibc
internal import SystemPackage
internal import VCIFormat

/// The progress of a running campaign; never part of its report.
public struct CampaignProgress: Sendable {
  /// Iterations done so far.
  public let done: UInt64
  /// The requested number of iterations; `nil` if it is not limited.
  public let total: UInt64?
  /// The number of discrepancies so far.
  public let discrepancies: UInt64
}

/// The reason why a campaign ended.
public enum CampaignEnding: Hashable, Sendable {
  /// All iterations were run.
  case complete
  /// The time limit was reached.
  case time
  /// The campaign was interrupted.
  case interrupted
  /// The jobs died too often, the last one for this reason.
  case givenUp(String)
}

/// Runs the jobs of a campaign: gives them iterations, keeps their discrepancies, replaces jobs
/// that die, and ends jobs that are stuck.
///
/// Only the supervisor uses the clock: to find stuck jobs, and to end a campaign at its time limit.
/// No other result depends on it.
struct Supervisor {
  /// A slot of the board, and its current process.
  struct JobSlot {
    var process: JobProcess?
    /// The work of the process.
    var work = Work.run
    /// The range that the last process was given. The board has how much of it is done.
    var held: Range<UInt64>?
    /// Whether the process has not requested a range yet.
    var isFresh = true
    /// The number of consecutive processes that ended without an iteration done, and the number of
    /// iterations of the slot at that time.
    var deaths = (count: 0, iterations: UInt64(0))
    /// The number of looks until the next process is started.
    var pause = 0
    /// The iteration at the last look, and the number of looks since it has been the same.
    var seen: (iteration: UInt64?, looks: Int) = (nil, 0)
    var isStuck = false
    var state = State.open
  }

  /// The work of a process.
  enum Work: Hashable {
    /// To run iterations.
    case run
    /// To store the case of an iteration in which a job died.
    case store(UInt64, DiscrepancyKind, String)
    /// To end, after it has stored such a case.
    case stored
  }

  enum State {
    /// The slot has a process, or waits for one.
    case open
    /// There are no more iterations for the slot.
    case ended
    /// The processes of the slot died too often.
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
  /// The reason of the last process that ended too early.
  var lastReason = ""
  private(set) var ending = CampaignEnding.complete
  /// The number of looks since the campaign was interrupted.
  private var looksSinceStop = 0

  /// The supervisor looks every 100 ms. A job is stuck after `Campaign.patience` looks at one
  /// iteration. The jobs of an interrupted campaign are ended after 50 looks (five seconds).
  private static let look = Duration.milliseconds(100)
  private static let grace = 50

  init(_ campaign: Campaign, _ corpus: CampaignCorpus, _ board: JobBoard) {
    (self.campaign, self.corpus, self.board) = (campaign, corpus, board)
    dealer = Dealer(end: campaign.iterations ?? .max)
    slots = Array(repeating: JobSlot(), count: campaign.jobs)
  }

  /// Runs the campaign to its end.
  mutating func run(isInterrupted: () -> Bool, progress: (CampaignProgress) -> Void) {
    // `waitpid` needs the default action: a parent process may have set another one.
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

  /// Waits until a job has output, for at most 50 ms.
  private func waitForNews() {
    var files = slots.compactMap(\.process).flatMap(\.files).map {
      pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0)
    }
    _ = unsafe poll(&files, nfds_t(files.count), 50)
  }

  /// Lets the jobs end their current iterations, and starts no more. After `grace` looks, kills
  /// them.
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

  /// Deals no more, and lets the jobs finish their ranges. So the iterations done are all those
  /// below some iteration.
  private mutating func endDealing() {
    guard !dealer.isExhausted, ending == .complete else { return }
    ending = .time
    dealer.close()
  }

  /// Starts a process of the slot after its pause, and kills a process that is stuck.
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
    guard slots[slot].seen.looks > campaign.patience else { return }
    slots[slot].isStuck = true
    kill(process.id, SIGKILL)
  }
}
