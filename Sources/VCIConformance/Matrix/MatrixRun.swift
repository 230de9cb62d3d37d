internal import Glibc
package import SystemPackage
internal import VCIFiles
internal import VCIFormat
internal import VCIFuzzing

/// A run of all tests of a lane against several programs, which then read each other's images, and
/// of which each answer is held against those of the others.
///
/// The matrix is the same at any number of jobs, if the programs answer the same.
package struct MatrixRun: Sendable {
  let runs: [ConformanceRun]
  let choice: ConformanceChoice
  /// The workloads whose images go from one to others.
  let exchanges: [ExchangeUnit]

  /// Makes a run.
  ///
  /// - Throws: `CorpusError` if the corpus or the recorded sessions beside it cannot be read, and
  ///   `UnknownTest` if no test has the name that is chosen.
  package init(_ adapters: [AdapterCommand], _ choice: ConformanceChoice) throws {
    self.choice = choice
    let named = choice.only.map { ExchangeUnit.named($0, programs: adapters.count) }
    exchanges =
      named ?? ExchangeUnit.all(of: choice.lane, seed: choice.seed, programs: adapters.count)
    let isOfExchanges = named.map { !$0.isEmpty } ?? false
    runs = try adapters.map { try ConformanceRun($0, choice, isOfNothing: isOfExchanges) }
  }

  /// Whether there is anything that one program cannot do alone.
  private var hasSeveral: Bool { runs.count > 1 }

  /// Runs the tests of the lane, one program after the other. Returns the reports, in their order.
  ///
  /// - Throws: `NotStarted` if a program does not start, or fails its pre-flight.
  package func reports(
    log: EventLog?, isInterrupted: () -> Bool, progress: (RunStage) -> Void
  ) throws(NotStarted) -> [ConformanceReport] {
    _ = signal(SIGCHLD, SIG_DFL)
    _ = signal(SIGPIPE, SIG_IGN)
    Orphans.adopt()
    defer { Orphans.end() }
    // One that does not start is told of before the others have taken their time.
    if hasSeveral { _ = try ProgramSet(runs.map(\.adapter)) }
    var reports: [ConformanceReport] = []
    for (index, run) in runs.enumerated() {
      reports.append(
        try run.run(log: log, isInterrupted: isInterrupted) { stage in
          progress(hasSeveral ? .program(index + 1, of: runs.count, "\(stage)") : stage)
        })
    }
    return reports
  }

  /// Makes the matrix of reports: runs exchanges, finds the fewest steps of failures, and looks for
  /// differences.
  ///
  /// - Throws: `NotStarted` if one of several programs does not start any more, no job can be
  ///   started, or there is no room for files.
  package func matrix(
    of reports: [ConformanceReport], kits: FilePath? = nil,
    isInterrupted: @escaping () -> Bool, progress: (RunStage) -> Void
  ) throws(NotStarted) -> Matrix {
    var matrix = Matrix(reports)
    matrix.only = choice.only
    addImages(to: &matrix, reports)
    guard hasSeveral || !matrix.examples.isEmpty, !isInterrupted() else { return matrix }
    Orphans.adopt()
    defer { Orphans.end() }
    let folder = try WorkFolder()
    let adapters = runs.map(\.adapter)
    guard let set = hasSeveral ? try ProgramSet(adapters) : try? ProgramSet(adapters) else {
      return matrix
    }
    if hasSeveral { try addExchanges(to: &matrix, set, folder, isInterrupted, progress) }
    addSequences(to: &matrix, set, folder, isInterrupted, progress)
    guard hasSeveral, !isInterrupted() else { return matrix }
    try addDifferences(to: &matrix, set, folder, kits, isInterrupted, progress)
    return matrix
  }

  /// The line that runs a test of some of the programs alone.
  func command(of test: String, _ programs: [Int]) -> String {
    let adapters = programs.map {
      "--adapter \(FileName(bytes: Array(runs[$0].adapter.text.utf8)).shellWord)"
    }
    return (["vci conform"] + adapters + ["--only \(test)"] + choice.options)
      .joined(separator: " ")
  }

  /// The number of time-outs of a job after which nothing more is asked.
  static let mostTimeOuts = 20
}

extension MatrixRun {
  private func addExchanges(
    to matrix: inout Matrix, _ set: ProgramSet, _ folder: WorkFolder,
    _ isInterrupted: () -> Bool, _ progress: (RunStage) -> Void
  ) throws(NotStarted) {
    let units = exchanges
    let pool = UnitPool<ExchangeOutcome>(units: units.count, jobs: choice.jobs)
    let results = try pool.run(
      isInterrupted: isInterrupted, progress: { progress(.exchanges(done: $0, of: units.count)) }
    ) { stop in
      let adapters = set.programs.map { $0.adapter(stop: stop) }
      let folder = try WorkFolder(in: folder.path)
      var timeOuts = 0
      return { index in
        guard timeOuts < Self.mostTimeOuts else {
          var outcome = ExchangeOutcome(name: units[index].name)
          outcome.notRun = "no answer came in time in \(Self.mostTimeOuts) tests before"
          return outcome
        }
        let outcome = ExchangeTest(units[index], adapters, in: folder).confirmed()
        if outcome.parts.contains(where: { $0.failure?.kind == .timedOut }) { timeOuts += 1 }
        return outcome
      }
    }
    var outcomes: [(unit: ExchangeUnit, outcome: ExchangeOutcome)] = []
    var unrun: Set<String> = []
    for (unit, outcome) in zip(units, results.outcomes) {
      guard let outcome else {
        unrun.insert(unit.name)
        matrix.note(missing: "not run: \(unit.name)", of: unit.writer)
        continue
      }
      outcomes.append((unit, outcome))
    }
    for reason in results.reasons { matrix.note(missing: "exchanges: \(reason)", of: 0) }
    matrix.add(outcomes, set.programs.map(\.capabilities), unrun: unrun) {
      command(of: $0, $1)
    }
  }
}
