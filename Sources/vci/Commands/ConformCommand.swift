internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIConformance
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat

/// Compares a program of somebody else with the specification.
struct ConformCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conform", abstract: "Compares another program with the specification.",
    discussion: """
      The program is reached through an adapter, a command that speaks the test port of \
      Specs/Port.md: a process for each operation, or lines of JSON. Only what it declares is asked \
      of it, and each answer is compared with all those that the specification allows.

      How much is asked is said by a lane: smoke (seconds), default (a minute) or full, or the name \
      of a file like those in Port/lanes. With --only a single test of a report is run, such as \
      ext-003-end, edited/1-77 or workload/1-60, or all vectors of a rule.

      Before that, the recorded sessions of Port/sessions are replayed to it: what is no answer of the \
      port stops it there.

      A failure counts if it comes again in a new process; otherwise the test is flaky. With --kits \
      each kind of failure gets a folder, made as small as possible, with a script that shows it; \
      a test of an image or a workload whose script does not is flaky too.

      With several adapters each goes through the lane; then every image that one of them writes goes \
      to all, two writers take turns on one image, and all answers about an image are held against \
      each other (Specs/Matrix.md). A report named matrix.json is what --baseline compares with.

      Examples: vci conform --adapter ./my-reader --lane smoke
                vci conform --adapter 'python3 adapter.py' --jobs 2 --report report.xml
                vci conform --adapter ./my-reader --only edited/1-77
                vci conform --adapter ./mine --adapter ./other --report matrix.json
                vci conform --adapter ./mine --adapter ./other --baseline matrix.json

      Exit codes: 0 conforms, 1 does not conform or regressed since the baseline, 3 incomplete (something was not run, is flaky, or \
      nothing is applicable), 5 an adapter did not start or failed its pre-flight; 64 wrong usage, \
      such as a test that there is not, or a report that cannot be written.
      """)

  @Option(
    help: ArgumentHelp(
      "The command of the adapter; arguments are added to it. May be given several times.",
      valueName: "command"))
  var adapter: [String]

  @Option(help: "How much is asked: smoke, default, full, or a file.")
  var lane = "default"

  @Option(help: ArgumentHelp("Run this test, or the vectors of this rule.", valueName: "name"))
  var only: String?

  @Option(help: "The seed of images, workloads and their order.")
  var seed: UInt64 = 1

  @Option(help: "How many tests run at the same time.")
  var jobs = 1

  @Option(
    help: ArgumentHelp(
      "Write the report to this file too: .json, .xml (JUnit), .html (a page) or text; matrix.json "
        + "is for --baseline; .jsonl is a log of events, which survives a kill.",
      valueName: "file"),
    transform: PathArgument.file)
  var report: [FilePath] = []

  @Option(
    help: ArgumentHelp(
      "Make a folder for each kind of failure that shows it without this suite.", valueName: "dir"),
    transform: PathArgument.folder)
  var kits: FilePath?

  @Option(
    help: ArgumentHelp(
      "Fail if anything is worse than in this matrix.json of an earlier run.", valueName: "file"),
    transform: PathArgument.file)
  var baseline: FilePath?

  @OptionGroup var corpus: CorpusOption

  @Flag(help: "Print the report as JSON.")
  var json = false

  /// The most programs of a run.
  private static let mostAdapters = 32

  func validate() throws {
    guard (1...256).contains(jobs) else { throw ValidationError("--jobs is 1 to 256") }
    guard adapter.count <= Self.mostAdapters else {
      throw ValidationError("--adapter is given at most \(Self.mostAdapters) times")
    }
    guard report.count(where: { $0.extension == "jsonl" }) <= 1 else {
      throw ValidationError("--report takes one log of events, a .jsonl")
    }
  }

  func run() throws {
    Interruption.watch()
    // A report may be written in place of the baseline.
    let earlier = try baseline.map(readBaseline)
    let files = try ReportFiles(report, of: adapter.joined(separator: ", "))
    var result: ConformResult
    do {
      result = try makeResult(files.log, since: earlier)
    } catch {
      let failure = Self.failure(of: error)
      files.write(failure)
      throw failure
    }
    try files.write(&result)
    if json {
      Output.write(String(decoding: try result.json(), as: UTF8.self))
      for line in result.baseline?.lines ?? [] { Output.note("vci: \(line)") }
    } else {
      let lines = result.lines + (result.baseline.map { [""] + $0.lines } ?? [])
      Output.write(lines.joined(separator: "\n") + "\n")
    }
    throw ToolExit(result.exit)
  }

  /// Makes the run, the kits of what it finds, and the matrix of several programs.
  private func makeResult(_ log: EventLog?, since earlier: Matrix?) throws -> ConformResult {
    let lane = try readLane()
    if let earlier,
      let flaw = Baseline.flaw(of: earlier, lane: lane.name, seed: "\(seed)", only: only)
    {
      throw ToolFailure.usage("--baseline: \(flaw)")
    }
    var choice = ConformanceChoice(
      lane, only: only, seed: seed, jobs: jobs, corpus: corpus.folder)
    choice.options = try optionsOfOne(lane)
    let run = try makeRun(choice)
    let line = ProgressLine()
    defer { line.clear() }
    let isInterrupted = { Interruption.isRequested }
    let show = { (stage: RunStage) in line.show("\(stage)") }
    var reports = try run.reports(log: log, isInterrupted: isInterrupted, progress: show)
    let made = try makeKits(run, of: &reports, log, show)
    var result = ConformResult(reports: reports)
    if adapter.count > 1 || earlier != nil || report.contains(where: ReportFiles.needsMatrix) {
      result.matrix = try run.matrix(
        of: reports, kits: kits, isInterrupted: isInterrupted, progress: show)
      result.matrix?.add(made)
    }
    if let earlier, let matrix = result.matrix {
      result.baseline = Baseline(matrix, since: earlier)
    }
    return result
  }

  /// Makes the kits, of several programs in a folder for each. Returns those of each program.
  private func makeKits(
    _ run: MatrixRun, of reports: inout [ConformanceReport], _ log: EventLog?,
    _ show: @escaping (RunStage) -> Void
  ) throws -> [[MadeKit]] {
    guard let kits else { return [] }
    let hasFiles = (try? StoredFile.files(in: kits).isEmpty) == false
    let made = run.makeKits(
      of: &reports, in: kits, log: log, isInterrupted: { Interruption.isRequested },
      progress: show)
    ProgressLine().clear()
    for kit in made.joined() { Output.note("\(FileName(kit.path)): \(kit.test)") }
    if hasFiles {
      Output.note(
        "vci: \(FileName(kits)) had files before this run, which stay; "
          + (made.joined().isEmpty
            ? "this run made no kit" : "the kits of this run are those above"))
    }
    return made
  }

  /// Reads the matrix of an earlier run.
  private func readBaseline(_ path: FilePath) throws -> Matrix {
    do {
      return try Matrix(reading: try StoredFile.read(path, limit: Matrix.largestFile))
    } catch let error as CorpusError {
      throw ToolFailure.usage("--baseline: \(error)")
    } catch let error as UnusableMatrix {
      throw ToolFailure.usage("--baseline: \(FileName(path)): \(error)")
    }
  }

  /// The failure of the tool for an error.
  private static func failure(of error: any Error) -> ToolFailure {
    switch error {
    case let failure as ToolFailure: failure
    case let error as NotStarted:
      ToolFailure(code: 5, kind: "adapter", "\(error)", text: error.text)
    case let error as ValidationError: .usage(error.message)
    default: ToolFailure(code: 1, kind: "failure", "\(error)")
    }
  }

  /// Whether the lane is given as a file.
  private var isLaneFile: Bool { lane.contains("/") || lane.hasSuffix(".json") }

  /// Reads the lane: a file, or one of those beside the corpus.
  private func readLane() throws -> Lane {
    let folder = corpus.folder.removingLastComponent().appending("Port/lanes")
    let path = isLaneFile ? try PathArgument.file(lane) : folder.appending("\(lane).json")
    do throws(CorpusError) {
      return try Lane.read(path)
    } catch {
      throw ToolFailure.usage(
        "--lane \(lane): \(error)\(isLaneFile ? "" : Self.lanes(in: folder))")
    }
  }

  /// Says which lanes are in a folder.
  private static func lanes(in folder: FilePath) -> String {
    let files = (try? StoredFile.ownFiles(in: folder)) ?? []
    let names = files.filter { $0.extension == "json" }.compactMap(\.stem)
    return names.isEmpty
      ? "; there are no lanes beside the corpus, which --corpus or VCI_CORPUS names"
      : "; the lanes are \(names.joined(separator: ", "))"
  }

  /// The options that a test needs to be the same when it is run alone. Nothing of a lane matters
  /// to it but the time of an operation.
  private func optionsOfOne(_ lane: Lane) throws -> [String] {
    var options: [String] = []
    if lane.hasOwnTime {
      options += ["--lane", FileName(try PathArgument.file(self.lane)).shellWord]
    }
    if let folder = corpus.corpus { options += ["--corpus", FileName(folder).shellWord] }
    return options
  }

  /// Makes the run. What it cannot read was named by an option, or should have been.
  private func makeRun(_ choice: ConformanceChoice) throws -> MatrixRun {
    do {
      return try MatrixRun(adapter.map { AdapterCommand($0) }, choice)
    } catch let error as UnknownTest {
      throw ToolFailure.usage("--only: \(error)")
    } catch let error as CorpusError {
      throw ToolFailure.usage("the corpus cannot be used: \(error)")
    }
  }
}
