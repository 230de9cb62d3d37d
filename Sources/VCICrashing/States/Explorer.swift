internal import VCIFormat
internal import VCIReference

/// Tries all states that a crash may leave, epoch by epoch, and leaves out those that recover as
/// others do.
final class Explorer {
  /// What to try.
  struct Choice {
    /// Whether states are left out that recover as others do.
    var isPruning = true
    /// The most sectors that are missing at once.
    var mostMissing = 2
    /// The same of a recovery that is crashed.
    var mostMissingInRecovery = 2
    /// Whether, where one sector is missing, single bytes of a mix are varied too.
    var variesSingleBytes = true
    /// How often a recovery is crashed in its turn.
    var depth = 0
    /// The most states that are tried.
    var mostTried = UInt64.max
    /// The most states that are tried, or found to recover as one that was.
    var mostVisited = UInt64.max
    /// Whether nothing is tried after a state that is wrong.
    var endsWithFinding = false
    /// Whether each moment has a share of what is tried at most, so that those at the end are not
    /// left out where there are more states than that.
    var isShared = false
  }

  /// A state that is wrong.
  struct Finding {
    let flaw: CrashFlaw
    let state: String
    /// The bytes of the disk; empty of what is no state.
    let bytes: [UInt8]
    /// The bytes of the disk as of the last flush; empty of what is no state.
    let durable: [UInt8]
    /// The moment; `nil` of what is no state.
    let point: CrashPoint?
    /// How many recoveries were crashed before.
    let depth: Int
    /// How many states had been tried.
    let tried: UInt64
  }

  private(set) var counts = CrashCounts()
  /// The digests of what was read in each state that was tried.
  private(set) var digests: Set<UInt64> = []
  private(set) var findings: [Finding] = []
  /// Whether states were left out because there are more than are tried at most.
  private(set) var isCut = false
  /// The most states that are tried, and visited, by the end of the moment.
  private var share: (tried: UInt64, visited: UInt64)
  var recoveries = KnownRecoveries()
  let trial: Trial
  private let plan: CacheImage.Plan
  private let choice: Choice

  /// So many findings of one kind at one depth are kept; all are counted.
  private static let mostFindings = 2

  init(_ choice: Choice, creating plan: CacheImage.Plan) {
    self.choice = choice
    self.plan = plan
    trial = Trial(creating: plan)
    share = (choice.mostTried, choice.mostVisited)
  }

  /// Tries the states of all moments of `epochs`.
  func explore(
    _ epochs: [TracedEpoch], _ recovery: RecoveryScope = RecoveryScope(),
    expecting: (CrashPoint) -> Expectation
  ) {
    let moments = epochs.reduce(0) { $0 + UInt64($1.points.count) }
    var moment: UInt64 = 0
    for epoch in epochs {
      var sweep = EpochSweep(epoch, self, recovery)
      sweep.run {
        moment += 1
        if choice.isShared { beginMoment(moment, of: moments) }
        return expecting($0)
      }
    }
  }

  /// Gives moment `number` of `all`, from 1 on, its share, and what those before it left of theirs.
  private func beginMoment(_ number: UInt64, of all: UInt64) {
    func part(_ most: UInt64) -> UInt64 {
      all.dividingFullWidth(most.multipliedFullWidth(by: number)).quotient
    }
    share = (part(choice.mostTried), part(choice.mostVisited))
  }

  var isPruning: Bool { choice.isPruning }
  var variesSingleBytes: Bool { choice.variesSingleBytes }
  /// The most sectors that are missing at once at a depth.
  func mostMissing(at depth: Int) -> Int {
    depth == 0 ? choice.mostMissing : choice.mostMissingInRecovery
  }
  /// Whether a recovery of a state at this depth is crashed too.
  func crashesRecoveries(at depth: Int) -> Bool { depth < choice.depth }

  /// Whether no more states are tried.
  var isOver: Bool {
    hasEnded
      || counts.tried >= choice.mostTried
      || counts.tried &+ counts.sameReading >= choice.mostVisited
  }

  private var hasEnded: Bool { choice.endsWithFinding && counts.findings > 0 }

  /// Notes that moments are left out.
  func leaveOutRest() { if !hasEnded { isCut = true } }

  /// Whether a state of the moment may be tried. Notes if it may not, though nothing is wrong yet.
  func mayTry() -> Bool {
    guard !hasEnded else { return false }
    let isIn =
      counts.tried < share.tried && counts.tried &+ counts.sameReading < share.visited
    if !isIn { isCut = true }
    return isIn
  }

  func count(_ change: (inout CrashCounts) -> Void) { change(&counts) }

  func note(_ digest: UInt64) { digests.insert(digest) }

  func report(
    _ flaw: CrashFlaw, _ state: @autoclosure () -> String, of bytes: [UInt8] = [],
    behind durable: [UInt8] = [], at point: CrashPoint? = nil, depth: Int
  ) {
    counts.findings += 1
    let known = findings.count { $0.flaw.kind == flaw.kind && $0.depth == depth }
    guard known < Self.mostFindings else { return }
    findings.append(
      Finding(
        flaw: flaw, state: state(), bytes: bytes, durable: durable, point: point, depth: depth,
        tried: counts.tried))
  }

  /// Crashes the recovery of the image in `bytes`, which had cached what is observed.
  func crashRecovery(
    of bytes: [UInt8], _ observed: ObservedCache, _ scope: RecoveryScope, isCreation: Bool
  ) {
    let storage = RecordedStorage(bytes)
    storage.begin(0)
    do throws(ImageError) {
      // What is an image already is not made again.
      if isCreation, bytes.count < 1024 || bytes[..<4] != [0x56, 0x43, 0x49, 0] {
        try Trial.create(in: storage, plan)
      } else {
        try CacheImage.open(storage, purpose: .writing).close()
      }
    } catch {
      // The trial of the same state says so.
      return
    }
    storage.end(0)
    counts.recoveries += 1
    let image = isCreation ? Expectation.Image.created : .cached(observed.allowed)
    explore(storage.trace.epochs(from: 0, settles: [true]), scope) { _ in
      Expectation(image: image, end: scope.end)
    }
  }
}
