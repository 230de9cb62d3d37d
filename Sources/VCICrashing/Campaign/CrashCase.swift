internal import PropertyEngine
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators
internal import VCIReference

/// One unit of a crash campaign: a sequence of operations, or an iteration that draws several.
package enum CrashCase: Hashable, Sendable {
  /// A sequence of the catalogue, of which the last operation and the close are crashed; what is
  /// before them is crashed by shorter sequences.
  case sequence(CrashSequence)
  /// A sequence of which everything is crashed.
  case whole(CrashSequence)
  /// Cycles of work, crash and recovery on one image, all drawn.
  case iteration(seed: UInt64, UInt64)
}

/// What came of a case.
package struct CrashOutcome: Hashable, Sendable {
  package struct Finding: Hashable, Sendable, Codable {
    package let flaw: CrashFlaw
    /// The operations, as a replay takes them.
    package let sequence: String
    /// What was done to the disk.
    package let state: String
  }

  package var counts = CrashCounts()
  /// The digests of what was read in the states that were tried, each once, ascending.
  package var digests: [UInt64] = []
  package var findings: [Finding] = []
}

extension CrashCase {
  /// Makes the case that a finding names: `iteration 17`, or a sequence, of which everything is
  /// crashed; `nil` for any other text.
  package init?(replaying text: String, seed: UInt64) {
    let words = text.split(separator: " ")
    if words.count == 2, words[0] == "iteration", let number = UInt64(words[1]) {
      self = .iteration(seed: seed, number)
    } else if let sequence = CrashSequence(parsing: text) {
      self = .whole(sequence)
    } else {
      return nil
    }
  }

  /// Runs the case. States that recover as others do are left out unless `isPruning` is false.
  package func run(isPruning: Bool = true) -> CrashOutcome {
    switch self {
    case .sequence(let sequence):
      return SequenceRun(sequence, isPruning: isPruning, isWhole: false).run()
    case .whole(let sequence):
      return SequenceRun(sequence, isPruning: isPruning, isWhole: true).run()
    case .iteration(let seed, let iteration):
      var run = CycleRun(seed: seed, iteration: iteration, isPruning: isPruning)
      return run.run()
    }
  }
}

/// Crashes a sequence at every moment.
struct SequenceRun {
  let sequence: CrashSequence
  let isPruning: Bool
  let isWhole: Bool

  init(_ sequence: CrashSequence, isPruning: Bool, isWhole: Bool) {
    self.sequence = sequence
    self.isPruning = isPruning
    self.isWhole = isWhole
  }

  func run() -> CrashOutcome {
    let explorer = Explorer(
      Explorer.Choice(
        isPruning: isPruning, mostMissingInRecovery: sequence.image == .split ? 1 : 2,
        depth: depth),
      creating: sequence.image.plan)
    explorer.count { $0.sequences = 1 }
    do throws(CrashFlaw) {
      if let operations = sequence.operations {
        try crash(operations, explorer)
      } else {
        try crashCreation(explorer)
      }
    } catch {
      explorer.report(error, "no call fails and nothing crashes", depth: 0)
    }
    return CrashOutcome(of: explorer, sequence.description)
  }

  /// How often recoveries are crashed: the shorter the sequence, the more often.
  private var depth: Int {
    let depth = max(0, 2 - max(0, (sequence.operations?.count ?? 0) - 1))
    // Its recoveries write so much that a few of them say all.
    return sequence.image == .split ? max(0, depth - 1) : depth
  }

  private func crash(_ operations: [CacheOperation], _ explorer: Explorer) throws(CrashFlaw) {
    let start = try sequence.image.make()
    let work = RecordedWork(operations, on: start.bytes, caching: start.model)
    if let flaw = work.flaw { throw flaw }
    explorer.count { $0.operations = UInt64(operations.count) }
    explorer.crash(work, from: isWhole ? 0 : max(0, operations.count - 1))
    guard operations.count <= 2 || isWhole else { return }
    let calls = FailingCalls(start: start, operations: operations, trial: explorer.trial)
    let failed = calls.run { call, flaw in
      explorer.report(flaw, "call \(call) of the storage fails", depth: 0)
    }
    explorer.count { $0.failedCalls = failed }
  }

  private func crashCreation(_ explorer: Explorer) throws(CrashFlaw) {
    let storage = RecordedStorage([])
    storage.begin(0)
    do throws(ImageError) {
      try CacheImage.create(in: storage, sequence.image.plan)
    } catch {
      throw CrashFlaw(.failed, "create: \(error)")
    }
    storage.end(0)
    let end = Trial.digest(of: storage.bytes)
    explorer.explore(storage.trace.epochs(from: 0, settles: [true])) { point in
      Expectation(
        image: point.settled > 0 ? .cached(AllowedContents([])) : .created, end: end)
    }
  }
}

extension Explorer {
  /// Crashes recorded work in its operations from `first` on.
  func crash(_ work: RecordedWork, from first: Int) {
    var known: (point: CrashPoint, allowed: AllowedContents)?
    explore(work.trace.epochs(from: first, settles: work.settles)) { point in
      if let known, known.point.settled == point.settled, known.point.begun == point.begun {
        return Expectation(image: .cached(known.allowed))
      }
      let allowed = work.allowed(at: point)
      known = (point, allowed)
      return Expectation(image: .cached(allowed))
    }
  }
}

extension CrashOutcome {
  init(of explorer: Explorer, _ sequence: String) {
    counts = explorer.counts
    digests = explorer.digests.sorted()
    // What shows without a crashed recovery comes first.
    let byDepth = (0...2).flatMap { depth in explorer.findings.filter { $0.depth == depth } }
    findings = byDepth.map {
      let again = $0.depth == 0 ? "" : ", in a recovery that is crashed (\($0.depth))"
      return Finding(flaw: $0.flaw, sequence: sequence, state: $0.state + again)
    }
  }
}
