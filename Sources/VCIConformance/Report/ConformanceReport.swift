/// What a run found.
package struct ConformanceReport: Sendable {
  /// The command of the adapter, and what it says that it can do.
  package let adapter: String
  package let capabilities: Capabilities
  package let choice: ConformanceChoice
  /// The results of all tests, in the order of the lane.
  package private(set) var results: [TestResult]
  /// The number of tests of which there is no result.
  package let missing: Int
  /// The tests of whose failures no kit can be made, and why.
  package private(set) var untold: [(test: String, reason: String)] = []
  /// Why jobs ended early.
  package private(set) var reasons: [String]

  init(
    adapter: String, _ capabilities: Capabilities, _ choice: ConformanceChoice,
    results: [TestResult], missing: Int, reasons: [String]
  ) {
    self.adapter = adapter
    self.capabilities = capabilities
    self.choice = choice
    self.results = results
    self.missing = missing
    self.reasons = reasons
  }

  /// The counts of an area or a requirement.
  package struct Counts: Hashable, Sendable {
    /// How often it was asked about.
    package var asked = 0
    /// The number of tests that failed in it.
    package var failed = 0
  }

  /// The tests with a failure that came again, but for those that the author knows.
  package var failed: [TestResult] { failing.filter { !isKnown($0) } }
  /// The tests with a failure that the author knows.
  package var known: [TestResult] { failing.filter(isKnown) }
  /// The tests that passed, and that the author believes to fail.
  package var passedUnexpectedly: [TestResult] {
    applicable.filter { $0.failures.isEmpty && isKnown($0) }
  }
  var failing: [TestResult] { results.filter { !$0.failures.isEmpty && !$0.isFlaky } }

  func isKnown(_ result: TestResult) -> Bool { capabilities.knows(result.name) }

  package var flaky: [TestResult] { results.filter(\.isFlaky) }
  package var notRun: [TestResult] { results.filter { $0.notRun != nil } }
  package var applicable: [TestResult] {
    results.filter { $0.isApplicable && $0.notRun == nil }
  }

  /// The counts of each area.
  package var areas: [(area: Area, counts: Counts)] {
    Area.allCases.map { area in
      (area, counts({ $0.areas[area.rawValue] ?? 0 }, { $0.area == area }))
    }
  }

  /// The counts of each requirement.
  package var requirements: [(id: String, counts: Counts)] {
    Requirement.allCases.map(\.rawValue).map { id in
      (id, counts({ $0.requirements[id] ?? 0 }, { $0.requirement == id }))
    }
  }

  /// What the images of the program are like; `nil` if it closed none.
  package var advice: WriterAdvice? {
    let all = results.compactMap(\.advice)
    guard !all.isEmpty else { return nil }
    return all.reduce(into: WriterAdvice()) { $0.add($1) }
  }

  /// The number of states after a crash that were tried; `nil` if no test tried any.
  package var crashStates: UInt64? {
    let all = results.compactMap(\.crashStates)
    return all.isEmpty ? nil : all.reduce(0, +)
  }

  /// The number of workloads that were crashed, and of those that have more states than are tried
  /// at most; `nil` if no test tried any.
  package var crashWorkloads: (all: Int, cut: Int)? {
    let all = results.count { $0.crashStates != nil }
    return all > 0 ? (all, results.count { $0.isCut == true }) : nil
  }

  /// What was tried of the states after a crash, in words; `nil` if no test tried any.
  var crashWords: String? {
    guard let states = crashStates, let (all, cut) = crashWorkloads else { return nil }
    let most = CrashTest.mostStates
    return "\(states) states after a crash were tried, of \(all) workloads; "
      + (cut == 0
        ? "none has more states than are tried of it at most"
        : "of \(cut) of these the rest was not tried: they have more states than the \(most) that are "
          + "tried at most, or than the 16 times as many that are compared with those")
  }

  /// Why a requirement was never asked about; `nil` if it was.
  func whyNever(_ id: String, _ counts: Counts) -> String? {
    guard counts.asked == 0, let requirement = Requirement(rawValue: id) else { return nil }
    if requirement == .order { return "it shows only in a crash (--lane crash)" }
    let missing = requirement.needs.filter { !capabilities.declares($0) }
    return missing.isEmpty
      ? "no test that was run asks for it"
      : "the program does not declare \(missing.joined(separator: ", "))"
  }

  private func counts(
    _ asked: (TestResult) -> Int, _ isOf: (TestFailure) -> Bool
  ) -> Counts {
    Counts(
      asked: results.reduce(0) { $0 + asked($1) },
      failed: failed.count { $0.failures.contains(where: isOf) })
  }

  /// Each kind of failure once: how many tests have it, and the first of them.
  package var kinds: [(failure: TestFailure, test: String, tests: Int)] {
    var kinds: [(failure: TestFailure, test: String, tests: Int)] = []
    for result in failed {
      var seen: Set<TestFailure.Key> = []
      for failure in result.failures where seen.insert(failure.key).inserted {
        if let index = kinds.firstIndex(where: { $0.failure.key == failure.key }) {
          kinds[index].tests += 1
        } else {
          kinds.append((failure, result.name, 1))
        }
      }
    }
    return kinds
  }

  /// Each test with a failure of this kind that counts, and its first failure of the kind.
  func failures(of key: TestFailure.Key) -> [(failure: TestFailure, test: String)] {
    failed.compactMap { result in
      result.failures.first { $0.key == key }.map { ($0, result.name) }
    }
  }

  /// Notes that the failure of a test did not come again.
  mutating func markFlaky(_ test: String) {
    for index in results.indices where results[index].name == test { results[index].isFlaky = true }
  }

  /// Notes why something was not done to its end.
  package mutating func note(early reason: String) { reasons.append(reason) }

  /// Notes that no kit can be made of a failure of a test.
  mutating func markUntold(_ test: String, _ reason: String) {
    if !untold.contains(where: { $0.test == test }) { untold.append((test, reason)) }
  }

  /// The verdict of the run as an exit code.
  package var exit: Int32 {
    if !failed.isEmpty || !passedUnexpectedly.isEmpty { return 1 }
    let isWhole = missing == 0 && reasons.isEmpty && flaky.isEmpty && notRun.isEmpty
    return isWhole && !applicable.isEmpty ? 0 : 3
  }
}
