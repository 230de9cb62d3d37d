internal import SystemPackage
internal import VCICrashing

/// A test of what a crash leaves: runs a short workload with the recorder, makes the states from
/// its trace that the disk model allows after a crash, and holds each against what may be cached
/// then (VCI-WR-002, VCI-WR-003, VCI-WR-004).
struct CrashTest: ProgramTest {
  let name: String
  private let plan: @Sendable (Capabilities) -> CrashPlan
  let recorder: RecorderState

  /// The most states of a workload that are tried.
  static let mostStates: UInt64 = 4000

  /// Makes the test of workload `index` of a seed.
  init(seed: UInt64, index: UInt64, _ recorder: RecorderState) {
    name = "crash/\(seed)-\(index)"
    plan = { CrashPlan(seed: seed, index: index, $0) }
    self.recorder = recorder
  }

  /// Makes the test of a workload.
  init(_ name: String, _ plan: CrashPlan, _ recorder: RecorderState) {
    self.name = name
    self.plan = { _ in plan }
    self.recorder = recorder
  }

  /// Returns the workload for a program with these capabilities.
  func plan(for capabilities: Capabilities) -> CrashPlan { plan(capabilities) }

  func run(
    _ adapter: any Adapter, in folder: WorkFolder, _ recorder: KitRecorder?
  ) -> TestResult {
    outcome(of: adapter, in: folder).result
  }

  /// Runs the workload. Returns the result, and what was found.
  func outcome(of adapter: any Adapter, in folder: WorkFolder) -> CrashOutcomeOfTest {
    let greeted = TestRun(name, adapter)
    guard greeted.has("open-rw"), greeted.has("write"), greeted.has("close") else {
      return CrashOutcomeOfTest(result: greeted.result)
    }
    let plan = plan(for: adapter.capabilities)
    if case .created = plan.start, !greeted.has("create") {
      return CrashOutcomeOfTest(result: greeted.result)
    }
    var outcome = CrashOutcomeOfTest(result: greeted.result)
    do throws(WorkError) {
      outcome = try run(plan, adapter, folder)
    } catch {
      outcome.result.notRun = error.description
    }
    outcome.result.image = String(plan.words.prefix(Self.longestImage))
    return outcome
  }

  private static let longestImage = 400

  /// Runs the workload with the shim; once more with strace if the shim did not see the program.
  private func run(
    _ plan: CrashPlan, _ adapter: any Adapter, _ folder: WorkFolder
  ) throws(WorkError) -> CrashOutcomeOfTest {
    let shim: RecorderShim
    switch recorder {
    case .built(let built): shim = built
    case .missing(let reason): throw WorkError(description: reason)
    }
    let outcome = try run(plan, adapter, folder, shim, nil)
    guard outcome.isUnseen, let reason = outcome.result.notRun else { return outcome }
    let strace: StraceRecorder
    do throws(WorkError) {
      strace = try StraceRecorder(in: shim.tools)
    } catch {
      throw WorkError(description: "\(reason); \(error)")
    }
    // strace counts calls of each kind for itself, so no flush fails.
    var plan = plan
    plan.failingFlush = nil
    return try run(plan, adapter, folder, shim, strace)
  }

  private func run(
    _ plan: CrashPlan, _ adapter: any Adapter, _ folder: WorkFolder, _ shim: RecorderShim,
    _ strace: StraceRecorder?
  ) throws(WorkError) -> CrashOutcomeOfTest {
    let place = RecorderPlace(
      shim: shim.file, folder: try folder.folder(), trace: folder.name(),
      failingFlush: plan.failingFlush, strace: strace)
    defer { place.remove() }
    // What is left when a program ends is ended, so there is one at a time.
    try? adapter.finish()
    guard let recorded = adapter.recorded(at: place) else {
      throw WorkError(description: "a program of this kind cannot be recorded")
    }
    defer { recorded.end() }
    let run = try CrashRun(plan, TestRun(name, recorded), place, folder)
    var reason: String?
    do throws(WorkError) {
      try self.run(run, recorded, plan)
    } catch {
      reason = error.description
    }
    // Where no process has loaded the shim there is no trace at all.
    var outcome = CrashOutcomeOfTest(
      result: run.test.result, finding: run.finding, trace: run.traceBytes,
      isUnseen: run.isUnseen || !WorkFile.exists(place.trace))
    // What is not run to its end was not asked.
    if let reason {
      outcome.result = TestResult(name: name)
      outcome.result.notRun = reason
    }
    return outcome
  }

  private func run(
    _ run: CrashRun, _ recorded: any Adapter, _ plan: CrashPlan
  ) throws(WorkError) {
    try run.run()
    // What is found without a crash is no matter of this test's.
    guard run.test.result.failures.isEmpty else { return }
    do throws(AdapterFailure) {
      try recorded.finish()
    } catch {
      guard plan.failingFlush != nil else {
        throw WorkError(description: "the program did not end: \(error)")
      }
    }
    try run.tryStates()
  }
}

/// Whether there is a recorder, or why not.
enum RecorderState: Sendable {
  case built(RecorderShim)
  case missing(String)

  /// Builds the recorder if one of the units needs it.
  init(for units: [TestUnit], besideCorpus corpus: FilePath) {
    let isNeeded = units.contains { if case .crash = $0 { true } else { false } }
    guard isNeeded else {
      self = .missing("no recorder was built")
      return
    }
    do throws(NotStarted) {
      self = .built(try RecorderShim(besideCorpus: corpus))
    } catch {
      self = .missing(error.description)
    }
  }
}

/// What a test of crashes found.
struct CrashOutcomeOfTest {
  var result: TestResult
  var finding: ForeignFinding?
  /// The trace.
  var trace: [UInt8] = []
  /// Whether another recorder might see what this one did not.
  var isUnseen = false
}
