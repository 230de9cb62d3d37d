internal import FoundationEssentials
internal import SystemPackage
internal import VCICorpus

extension KitMaker {
  /// Makes a kit of a state after a crash that is wrong: of the shortest workload with such a one.
  ///
  /// - Throws: `NotStarted`, and `CorpusError` if a file cannot be written.
  func makeKit(
    ofCrash unit: TestUnit, _ failure: TestFailure, at path: FilePath
  ) throws -> Outcome {
    guard case .crash(let seed, let index) = unit else { return .flaky }
    let shrinker = CrashShrinker(
      command, like: greeted, recorder, isSlow: failure.kind == .timedOut, in: try WorkFolder(),
      isInterrupted: isInterrupted)
    let first = CrashTest(seed: seed, index: index, recorder)
    let plan = first.plan(for: greeted.capabilities)
    guard
      let (smallest, found) = shrinker.smallest(first.name, plan, like: { $0.isLike(failure) }),
      let finding = found.outcome.finding
    else { return .flaky }
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
