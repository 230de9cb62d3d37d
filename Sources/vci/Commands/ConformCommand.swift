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

      Examples: vci conform --adapter ./my-reader --lane smoke
                vci conform --adapter 'python3 adapter.py' --jobs 2 --report report.xml
                vci conform --adapter ./my-reader --only edited/1-77

      Exit codes: 0 conforms, 1 does not conform, 3 incomplete (something was not run, is flaky, or \
      nothing is applicable), 5 the adapter did not start or failed its pre-flight; 64 wrong usage, \
      such as a test that there is not, or a report that cannot be written.
      """)

  @Option(
    help: ArgumentHelp(
      "The command of the adapter; arguments are added to it.", valueName: "command"))
  var adapter: String

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
      "Write the report to this file too: .json, .xml (JUnit) or text; .jsonl is a log of events, "
        + "which survives a kill.", valueName: "file"),
    transform: PathArgument.file)
  var report: [FilePath] = []

  @Option(
    help: ArgumentHelp(
      "Make a folder for each kind of failure that shows it without this suite.", valueName: "dir"),
    transform: PathArgument.folder)
  var kits: FilePath?

  @OptionGroup var corpus: CorpusOption

  @Flag(help: "Print the report as JSON.")
  var json = false

  func validate() throws {
    guard (1...256).contains(jobs) else { throw ValidationError("--jobs is 1 to 256") }
    guard report.count(where: { $0.extension == "jsonl" }) <= 1 else {
      throw ValidationError("--report takes one log of events, a .jsonl")
    }
  }

  func run() throws {
    Interruption.watch()
    let files = try ReportFiles(self.report, of: adapter)
    var report: ConformanceReport
    do {
      report = try makeReport(files.log)
    } catch {
      let failure = Self.failure(of: error)
      files.write(failure)
      throw failure
    }
    try files.write(&report)
    if json {
      Output.write(String(decoding: try report.json(), as: UTF8.self))
    } else {
      Output.write(report.lines.joined(separator: "\n") + "\n")
    }
    throw ToolExit(report.exit)
  }

  /// Makes the run, and the kits of what it finds.
  private func makeReport(_ log: EventLog?) throws -> ConformanceReport {
    let lane = try readLane()
    var choice = ConformanceChoice(
      lane, only: only, seed: seed, jobs: jobs, corpus: corpus.folder)
    choice.options = try optionsOfOne(lane)
    let run = try makeRun(choice)
    let line = ProgressLine()
    defer { line.clear() }
    let isInterrupted = { Interruption.isRequested }
    let show = { (stage: RunStage) in line.show("\(stage)") }
    var report = try run.run(log: log, isInterrupted: isInterrupted, progress: show)
    if let kits {
      let hasFiles = (try? StoredFile.files(in: kits).isEmpty) == false
      let made = run.makeKits(
        of: &report, in: kits, log: log, isInterrupted: isInterrupted, progress: show)
      line.clear()
      for kit in made { Output.note("\(FileName(kit.path)): \(kit.test)") }
      if hasFiles {
        Output.note(
          "vci: \(FileName(kits)) had files before this run, which stay; "
            + (made.isEmpty ? "this run made no kit" : "the kits of this run are those above"))
      }
    }
    return report
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
  private func makeRun(_ choice: ConformanceChoice) throws -> ConformanceRun {
    do {
      return try ConformanceRun(AdapterCommand(adapter), choice)
    } catch let error as UnknownTest {
      throw ToolFailure.usage("--only: \(error)")
    } catch let error as CorpusError {
      throw ToolFailure.usage("the corpus cannot be used: \(error)")
    }
  }
}
