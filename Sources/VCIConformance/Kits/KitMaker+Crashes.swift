internal import FoundationEssentials
internal import PropertyEngine
internal import SystemPackage
internal import VCICorpus

extension KitMaker {
  /// The most workloads that are tried to make one smaller.
  private static let mostWorkloads = 60

  /// Makes a kit of a state after a crash that is wrong: of the shortest workload with such a one.
  ///
  /// - Throws: `NotStarted`, and `CorpusError` if a file cannot be written.
  func makeKit(
    ofCrash unit: TestUnit, _ failure: TestFailure, at path: FilePath
  ) throws -> Outcome {
    guard case .crash(let seed, let index) = unit else { return .flaky }
    let folder = try WorkFolder()
    let first = CrashTest(seed: seed, index: index, recorder)
    let plan = first.plan(for: greeted.capabilities)
    func outcome(_ plan: CrashPlan) -> (failure: TestFailure, outcome: CrashOutcomeOfTest)? {
      let adapter = command.adapter(like: greeted)
      defer { adapter.end() }
      let outcome = CrashTest(first.name, plan, recorder).outcome(of: adapter, in: folder)
      return outcome.result.failures.first { $0.isLike(failure) }.map { ($0, outcome) }
    }
    var shrinker = ListShrinker(
      plan.steps, effort: ShrinkEffort(limit: Self.mostWorkloads)
    ) { steps in
      var smaller = plan
      smaller.steps = steps
      return !isInterrupted() && outcome(smaller) != nil
    }
    shrinker.shorten()
    var smallest = plan
    smallest.steps = shrinker.best
    guard let found = outcome(smallest), let finding = found.outcome.finding else {
      return .flaky
    }
    let isRead = greeted.capabilities.has("open-ro") && greeted.capabilities.has("read")
    let kit = CrashKit(
      folder: path, test: first.name, plan: smallest, failure: found.failure, finding: finding,
      trace: found.outcome.trace, isRead: isRead, isSession: greeted.keepsHandles,
      steps: (plan.steps.count, smallest.steps.count))
    try kit.write()
    guard kit.comesAgain(command.text) else {
      try? FileManager.default.removeItem(atPath: path.string)
      return .untold("its script does not show the same each time, and the test does")
    }
    return .made
  }
}
