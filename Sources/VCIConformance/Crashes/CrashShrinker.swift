internal import PropertyEngine

/// Makes a workload that leaves a wrong state after a crash as short as possible.
struct CrashShrinker {
  private let command: AdapterCommand
  private let greeted: any Adapter
  private let recorder: RecorderState
  private let folder: WorkFolder
  private let effort: ShrinkEffort

  /// The most workloads that are tried to make one smaller.
  private static let mostWorkloads = 60

  /// Makes a shrinker. A failure that `isSlow` takes all of its time.
  init(
    _ command: AdapterCommand, like greeted: any Adapter, _ recorder: RecorderState,
    isSlow: Bool, in folder: WorkFolder, isInterrupted: @escaping () -> Bool
  ) {
    effort = .asking(Self.mostWorkloads, isSlow: isSlow, isInterrupted: isInterrupted)
    self.command = command
    self.greeted = greeted
    self.recorder = recorder
    self.folder = folder
  }

  /// What came of a workload that has a wanted failure.
  typealias Found = (failure: TestFailure, outcome: CrashOutcomeOfTest)

  /// Returns the shortest workload with a failure that `isWanted`, and what came of it; `nil` if
  /// the failure does not come again.
  func smallest(
    _ name: String, _ plan: CrashPlan, like isWanted: @escaping (TestFailure) -> Bool
  ) -> (plan: CrashPlan, found: Found)? {
    func found(_ plan: CrashPlan) -> Found? {
      let adapter = command.adapter(like: greeted)
      defer { adapter.end() }
      let outcome = CrashTest(name, plan, recorder).outcome(of: adapter, in: folder)
      return outcome.result.failures.first(where: isWanted).map { ($0, outcome) }
    }
    var shrinker = ListShrinker(plan.steps, effort: effort) { steps in
      var smaller = plan
      smaller.steps = steps
      return found(smaller) != nil
    }
    shrinker.shorten()
    var smallest = plan
    smallest.steps = shrinker.best
    return found(smallest).map { (smallest, $0) }
  }
}
