internal import Glibc
internal import Synchronization
internal import VCIFormat

/// Watches over the jobs of a campaign: ends those that do not come back, and stops all of them
/// where the campaign is interrupted.
///
/// Wall-clock time is used here alone, to guard; no result depends on it while jobs come back.
final class Watch: Sendable {
  private struct Lane {
    var process: pid_t?
    /// The iteration that was seen last, and for how many looks.
    var seen: (iteration: UInt64?, looks: Int) = (nil, 0)
    var isStuck = false
  }

  private let board: JobBoard
  private let campaign: Campaign
  private let lanes: Mutex<[Lane]>
  private let stopped = Atomic(false)

  /// How often it looks, and after how many looks at one iteration a job counts as stuck: a minute.
  private static let pause = Duration.milliseconds(100)
  private static let patience = 600

  init(board: JobBoard, campaign: Campaign) {
    self.board = board
    self.campaign = campaign
    lanes = Mutex(Array(repeating: Lane(), count: campaign.jobs))
  }

  /// Whether the campaign was stopped before its end.
  var wasStopped: Bool { stopped.load(ordering: .relaxed) }

  func started(_ lane: Int, process: pid_t) {
    lanes.withLock { $0[lane].process = process }
  }

  /// Notes that the lane's process ended; answers whether it was ended for not coming back.
  func ended(_ lane: Int) -> Bool {
    lanes.withLock { lanes in
      defer { lanes[lane] = Lane() }
      return lanes[lane].isStuck
    }
  }

  /// The iteration in which the lane's process is, or was when it ended.
  func current(of lane: Int) -> UInt64? { board.current(of: lane) }

  /// Lets the lane go on behind `iteration`.
  func skip(_ iteration: UInt64, in lane: Int) { board.skip(iteration, in: lane) }

  /// What all lanes have counted.
  func tally() -> Tally {
    var sum = Tally()
    for lane in 0..<campaign.jobs { sum.add(board.tally(of: lane)) }
    return sum
  }

  /// Looks after the jobs until it is cancelled.
  func watch(
    isInterrupted: @Sendable () -> Bool, progress: @Sendable (CampaignProgress) -> Void
  ) async {
    var looks = 0
    while !Task.isCancelled {
      try? await Task.sleep(for: Self.pause)
      if isInterrupted() {
        board.isStopped = true
        stopped.store(true, ordering: .relaxed)
      }
      endStuckJobs()
      looks += 1
      if looks % 5 == 0, !Task.isCancelled {
        let sum = tally()
        progress(
          CampaignProgress(
            done: sum[.iterations], total: campaign.iterations, findings: sum[.findings]))
      }
    }
  }

  private func endStuckJobs() {
    lanes.withLock { lanes in
      for lane in lanes.indices {
        let iteration = board.current(of: lane)
        guard iteration != nil, iteration == lanes[lane].seen.iteration else {
          lanes[lane].seen = (iteration, 0)
          continue
        }
        lanes[lane].seen.looks += 1
        guard lanes[lane].seen.looks > Self.patience, let process = lanes[lane].process else {
          continue
        }
        lanes[lane].isStuck = true
        kill(process, SIGKILL)
      }
    }
  }
}
