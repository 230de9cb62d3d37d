internal import FoundationEssentials
internal import Glibc
package import SystemPackage
internal import VCICorpus
internal import VCIFuzzing

/// What a run asks, and how.
package struct ConformanceChoice: Sendable {
  package var lane: Lane
  /// The test that is run alone, or the rule whose vectors are; `nil` for all of the lane.
  package var only: String?
  package var seed: UInt64
  package var jobs: Int
  /// The folder of the corpus.
  package var corpus: FilePath
  /// The options, as words of a shell, without which a test that is run alone may be another one.
  package var options: [String] = []

  package init(_ lane: Lane, only: String?, seed: UInt64, jobs: Int, corpus: FilePath) {
    self.lane = lane
    self.only = only
    self.seed = seed
    self.jobs = jobs
    self.corpus = corpus
  }

  /// The folder of the recorded sessions, which stands beside the corpus as that of the lanes does.
  var sessions: FilePath { corpus.removingLastComponent().appending("Port/sessions") }
}

/// A run of all tests of a lane against one adapter.
///
/// The report is the same at any number of jobs, if the adapter answers the same.
package struct ConformanceRun: Sendable {
  private(set) var adapter: AdapterCommand
  let choice: ConformanceChoice
  let vectors: [Vector]
  private let recordings: [Recording]
  private let names: TestNames
  let units: [TestUnit]
  /// The recorder, if a test needs one.
  let recorder: RecorderState

  /// Makes a run.
  ///
  /// - Throws: `CorpusError` if the corpus or the recorded sessions beside it cannot be read, and
  ///   `UnknownTest` if no test has the name that is chosen.
  package init(_ adapter: AdapterCommand, _ choice: ConformanceChoice) throws {
    try self.init(adapter, choice, isOfNothing: false)
  }

  /// Makes a run; one of nothing has no tests, whatever is chosen.
  init(_ adapter: AdapterCommand, _ choice: ConformanceChoice, isOfNothing: Bool) throws {
    self.adapter = adapter
    self.adapter.limits.milliseconds = choice.lane.milliseconds
    self.choice = choice
    vectors = try Corpus.manifest(in: choice.corpus)
    recordings = try Recording.all(in: choice.sessions)
    names = TestNames(
      vectors: vectors.map(\.id), retired: RetiredVector.all(in: choice.corpus))
    if isOfNothing {
      units = []
    } else if let only = choice.only {
      units = TestUnit.named(only, vectors)
      guard !units.isEmpty else {
        throw names.unknown(only, others: Set(vectors.flatMap(\.rules)).sorted())
      }
    } else {
      units = TestUnit.all(of: choice.lane, seed: choice.seed, vectors: vectors.count)
    }
    recorder = RecorderState(for: units, besideCorpus: choice.corpus)
  }

  /// The jobs of a run, and what came of them so far.
  private struct Jobs {
    var processes: [JobProcess] = []
    var isOpen: [Bool] = []
    /// The unit that each of them is at work on.
    var units: [Int?] = []
    /// The number of units that were given to jobs.
    var given = 0
    var results: [(unit: Int, test: Int, result: TestResult)] = []
    var done: Set<Int> = []
    /// How many results each unit has.
    var resultsOfUnit: [Int: Int] = [:]
    /// The number of images in units that are done which are too large for a test.
    var passedOver = 0
    var failed = 0
    var reasons: [String] = []
    var restarts = 0
    var isStopped = false
  }

  /// The most jobs that are started in place of others that ended early.
  private static let mostRestarts = 20

  /// Runs the tests, in an order that follows from the seed, and writes the results into `log` as
  /// they come. Returns the results in the order of the lane.
  ///
  /// - Throws: `NotStarted` if the adapter does not start, declares a failure of no test as known,
  ///   or fails its pre-flight, and if no job can be started.
  package func run(
    log: EventLog?, isInterrupted: () -> Bool,
    progress: (RunStage) -> Void
  ) throws(NotStarted) -> ConformanceReport {
    _ = signal(SIGCHLD, SIG_DFL)
    _ = signal(SIGPIPE, SIG_IGN)
    Orphans.adopt()
    defer { Orphans.end() }
    let folder = try WorkFolder()
    let greeted = try greetedAdapter()
    try requireKnownNames(greeted.capabilities)
    try Preflight(recordings, adapter, like: greeted)
      .requirePassed(in: folder) {
        progress(.preflight)
        return isInterrupted()
      }
    log?.begin(adapter.text, greeted.capabilities, choice, tests: tests)
    let order = TestUnit.order(of: units, seed: choice.seed)
    var jobs = Jobs()
    for _ in 0..<max(1, choice.jobs) {
      jobs.processes.append(try startJob(greeted, folder))
      jobs.isOpen.append(true)
      jobs.units.append(nil)
    }
    for index in jobs.processes.indices { give(index, &jobs, order) }
    while jobs.isOpen.contains(true) {
      wait(for: jobs)
      if !jobs.isStopped, isInterrupted() {
        jobs.isStopped = true
        jobs.reasons.append("interrupted")
        // Jobs that are at work see that their pipe ends.
        for index in jobs.processes.indices { jobs.processes[index].give(nil) }
      }
      for index in jobs.processes.indices where jobs.isOpen[index] {
        let ending = jobs.processes[index].ending()
        for result in take(index, &jobs, order) { log?.add(result) }
        guard let ending else { continue }
        jobs.processes[index].close()
        jobs.isOpen[index] = false
        jobs.units[index] = nil
        guard !ending.isSuccess else { continue }
        jobs.reasons.append(jobs.processes[index].reason(ending))
        guard !jobs.isStopped, jobs.given < order.count, jobs.restarts < Self.mostRestarts
        else { continue }
        jobs.restarts += 1
        jobs.processes[index] = try startJob(greeted, folder)
        jobs.isOpen[index] = true
        give(index, &jobs, order)
      }
      progress(
        .tests(
          done: jobs.results.count + jobs.passedOver, of: tests, failed: jobs.failed,
          atWork: jobs.units.compactMap { $0 }.map { units[$0].name(vectors) }))
    }
    let sorted = jobs.results.sorted { ($0.unit, $0.test) < ($1.unit, $1.test) }
    return ConformanceReport(
      adapter: adapter.text, greeted.capabilities, choice, results: sorted.map(\.result),
      missing: missing(of: jobs),
      reasons: jobs.reasons + [log?.flaw].compactMap(\.self))
  }

  /// The number of tests in all units.
  private var tests: Int { units.reduce(0) { $0 + $1.tests } }

  /// The number of tests in units that are not done, but for those that have a result; at least one
  /// of each.
  private func missing(of jobs: Jobs) -> Int {
    units.indices.filter { !jobs.done.contains($0) }
      .reduce(0) { $0 + max(1, units[$1].tests - (jobs.resultsOfUnit[$1] ?? 0)) }
  }

  /// Gives a job its next unit, or lets it end.
  private func give(_ index: Int, _ jobs: inout Jobs, _ order: [Int]) {
    jobs.units[index] = nil
    guard jobs.given < order.count, !jobs.isStopped else { return jobs.processes[index].give(nil) }
    let unit = UInt64(order[jobs.given])
    jobs.units[index] = order[jobs.given]
    jobs.given += 1
    jobs.processes[index].give(unit..<unit + 1)
  }

  /// Takes what a job has sent. Returns the results.
  private func take(_ index: Int, _ jobs: inout Jobs, _ order: [Int]) -> [TestResult] {
    var results: [TestResult] = []
    for line in jobs.processes[index].newLines() {
      guard let line = try? JSONDecoder().decode(ConformanceJob.Line.self, from: Data(line)) else {
        continue
      }
      if let result = line.result {
        jobs.results.append((line.unit, line.test, result))
        jobs.resultsOfUnit[line.unit, default: 0] += 1
        if !result.failures.isEmpty { jobs.failed += 1 }
        results.append(result)
      } else {
        jobs.done.insert(line.unit)
        jobs.passedOver += units[line.unit].tests - (jobs.resultsOfUnit[line.unit] ?? 0)
        give(index, &jobs, order)
      }
    }
    return results
  }

  /// Starts the adapter, so that one that does not start is told of once, and ends it.
  func greetedAdapter() throws(NotStarted) -> any Adapter { try adapter.greetedAdapter() }

  /// Requires that the failures that the author knows are of tests that there are, in this lane or
  /// not: of any other nothing would ever tell that it passes.
  private func requireKnownNames(_ capabilities: Capabilities) throws(NotStarted) {
    guard let known = capabilities.known.first(where: { !names.has($0.name) }) else { return }
    throw NotStarted(
      "\(adapter.text) declares a failure as known, but \(names.unknown(known.name))")
  }

  private func wait(for jobs: Jobs) {
    var files = zip(jobs.processes, jobs.isOpen).filter(\.1).flatMap(\.0.files).map {
      pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0)
    }
    _ = unsafe poll(&files, nfds_t(files.count), 50)
  }

  private func startJob(
    _ greeted: any Adapter, _ folder: WorkFolder
  ) throws(NotStarted) -> JobProcess {
    do throws(Errno) {
      return try JobProcess { ranges, messages in
        try ConformanceJob(self, greeted, ranges).work(in: folder) { line in
          try messages.writeAll(try JSONEncoder().encode(line) + [UInt8(ascii: "\n")])
        }
      }
    } catch {
      throw NotStarted("no job can be started: \(error)")
    }
  }
}
