internal import FoundationEssentials
internal import Glibc
internal import PropertyEngine
package import SystemPackage
package import VCICorpus
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

  package init(_ lane: Lane, only: String?, seed: UInt64, jobs: Int, corpus: FilePath) {
    self.lane = lane
    self.only = only
    self.seed = seed
    self.jobs = jobs
    self.corpus = corpus
  }
}

/// A run of all tests of a lane against one adapter.
///
/// The report is the same at any number of jobs, if the adapter answers the same.
package struct ConformanceRun: Sendable {
  private let adapter: AdapterCommand
  private let choice: ConformanceChoice
  private let vectors: [Vector]
  private let units: [TestUnit]

  /// Makes a run.
  ///
  /// - Throws: `CorpusError` if the corpus cannot be read, and if no test has the name that is
  ///   chosen.
  package init(_ adapter: AdapterCommand, _ choice: ConformanceChoice) throws(CorpusError) {
    self.adapter = adapter
    self.choice = choice
    vectors = try Corpus.manifest(in: choice.corpus)
    if let only = choice.only {
      units = TestUnit.named(only, vectors)
      guard !units.isEmpty else {
        throw .file(choice.corpus, "it has no vector '\(only)', and no rule has this name")
      }
    } else {
      units = TestUnit.all(of: choice.lane, seed: choice.seed, vectors: vectors.count)
    }
  }

  /// A line from a job: the result of a test of a unit, or that the unit is done.
  private struct Line: Codable {
    let unit: Int
    let test: Int
    let result: TestResult?
  }

  /// Runs the tests, in an order that follows from the seed. Returns the results in the order of
  /// the lane.
  ///
  /// - Throws: `NotStarted` if no job can be started.
  package func run(
    isInterrupted: () -> Bool, progress: (_ done: Int, _ all: Int, _ failed: Int) -> Void
  ) throws(NotStarted) -> ConformanceReport {
    _ = signal(SIGCHLD, SIG_DFL)
    _ = signal(SIGPIPE, SIG_IGN)
    let capabilities = try capabilities()
    let order = order
    var processes: [JobProcess] = []
    for _ in 0..<max(1, choice.jobs) { processes.append(try startJob()) }
    var results: [(unit: Int, test: Int, result: TestResult)] = []
    var done: Set<Int> = []
    var (next, failed) = (0, 0)
    var reasons: [String] = []
    var isStopped = false
    func give(_ index: Int) {
      guard next < order.count, !isStopped else { return processes[index].give(nil) }
      let unit = UInt64(order[next])
      next += 1
      processes[index].give(unit..<unit + 1)
    }
    for index in processes.indices { give(index) }
    var isOpen = Array(repeating: true, count: processes.count)
    while isOpen.contains(true) {
      wait(for: processes)
      if !isStopped, isInterrupted() { isStopped = true }
      for index in processes.indices where isOpen[index] {
        let ending = processes[index].ending()
        for line in processes[index].newLines() {
          guard let line = try? JSONDecoder().decode(Line.self, from: Data(line)) else { continue }
          if let result = line.result {
            results.append((line.unit, line.test, result))
            if !result.failures.isEmpty { failed += 1 }
          } else {
            done.insert(line.unit)
            give(index)
          }
        }
        if let ending {
          if !ending.isSuccess { reasons.append(processes[index].reason(ending)) }
          processes[index].close()
          isOpen[index] = false
        }
      }
      progress(done.count, units.count, failed)
    }
    let sorted = results.sorted { ($0.unit, $0.test) < ($1.unit, $1.test) }
    return ConformanceReport(
      adapter: adapter.text, capabilities, choice, results: sorted.map(\.result),
      missing: units.count - done.count, reasons: reasons)
  }

  /// Starts the adapter, so that one that does not start is told of once, and ends it.
  private func capabilities() throws(NotStarted) -> Capabilities {
    let started = try adapter.start()
    do throws(AdapterFailure) {
      try started.finish()
    } catch {
      throw NotStarted("\(adapter.text): \(error)")
    }
    return started.capabilities
  }

  /// The order in which units are run, which follows from the seed.
  private var order: [Int] {
    var order = Array(units.indices)
    var random = RandomSource(seed: choice.seed, index: 0, stream: .order)
    for index in order.indices.reversed() where index > 0 {
      order.swapAt(index, Int(random.next() % UInt64(index + 1)))
    }
    return order
  }

  private func wait(for processes: [JobProcess]) {
    var files = processes.flatMap(\.files).map {
      pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0)
    }
    _ = unsafe poll(&files, nfds_t(files.count), 50)
  }

  private func startJob() throws(NotStarted) -> JobProcess {
    do throws(Errno) {
      return try JobProcess { ranges, messages in
        try Self.work(self, ranges) { line in
          try messages.writeAll(try JSONEncoder().encode(line) + [UInt8(ascii: "\n")])
        }
      }
    } catch {
      throw NotStarted("no job can be started: \(error)")
    }
  }

  /// Runs the units that arrive, and sends the results.
  private static func work(
    _ run: ConformanceRun, _ ranges: FileDescriptor, _ send: (Line) throws -> Void
  ) throws {
    let folder = try WorkFolder()
    let maker = TestMaker(corpus: run.choice.corpus, run.vectors)
    var adapter = try run.adapter.start()
    while let range = try JobLink.range(from: ranges) {
      let index = Int(range.lowerBound)
      var test = 0
      try maker.tests(of: run.units[index]) { one in
        var result = one.run(adapter, in: folder, nil)
        if !result.failures.isEmpty {
          // A failure counts if it comes again in a new process that did nothing before.
          try? adapter.finish()
          adapter = try run.adapter.start()
          let again = one.run(adapter, in: folder, nil)
          if again.failures.isEmpty { result.isFlaky = true } else { result = again }
        }
        try send(Line(unit: index, test: test, result: result))
        test += 1
      }
      try send(Line(unit: index, test: 0, result: nil))
    }
    try? adapter.finish()
  }
}

extension RandomStream {
  /// The order of the tests of a run.
  fileprivate static let order = RandomStream(rawValue: 16)
}

extension ConformanceRun {
  /// A kit that was made of a failure.
  package struct MadeKit: Sendable {
    package let test: String
    package let path: FilePath
    /// Whether its script shows the failure once more.
    package let comesAgain: Bool
  }

  /// Makes a kit of the first failure of each kind, in a folder of its own below `folder`.
  ///
  /// - Throws: `NotStarted`, and `CorpusError` if a file cannot be written.
  package func makeKits(of report: ConformanceReport, in folder: FilePath) throws -> [MadeKit] {
    var made: [MadeKit] = []
    let maker = TestMaker(corpus: choice.corpus, vectors)
    for (index, kind) in report.kinds.enumerated() where !kind.test.hasPrefix("contract/") {
      for unit in TestUnit.named(kind.test, vectors) {
        try maker.tests(of: unit) { test in
          let name = "\(index + 1)-\(kind.failure.kind.rawValue)"
          let recorder = try KitRecorder(in: folder.appending(name))
          let started = try adapter.start()
          _ = test.run(started, in: try WorkFolder(), recorder)
          try? started.finish()
          let isSession = started is SessionAdapter
          guard let kit = Kit(recorder, test: kind.test, isSession: isSession) else { return }
          try kit.write()
          _ = kit.run(adapter.text, recording: true)
          made.append(
            MadeKit(
              test: kind.test, path: recorder.folder,
              comesAgain: kit.run(adapter.text, recording: false) == 1))
        }
      }
    }
    return made
  }
}
