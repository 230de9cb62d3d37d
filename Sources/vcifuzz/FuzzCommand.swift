internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIFuzzing

/// Runs a campaign.
struct FuzzCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz", abstract: "Runs a campaign. This is what runs without a command.",
    discussion: """
      Every iteration makes an image, edits it, forecasts what a check must find, and holds probe, \
      open and reads of the reference implementation, and the checker, to it. A quarter of them, or \
      with --target ops all, also open the image for writing, or one that is created, and write, \
      read, discard, flush, close and reopen it beside a model of what it is to have cached; a check \
      after each close must find it clean. The report on standard output is the same at any number \
      of jobs; rates go to standard error.

      Examples: vcifuzz --iterations 100000 --seed 7 --jobs 2
                vcifuzz --iterations 20000 --target ops
      """)

  @OptionGroup var options: CampaignOptions

  @Option(help: "How many iterations are run.")
  var iterations: UInt64

  @Flag(help: "Print the report as JSON.")
  var json = false

  func run() async throws {
    Interruption.watch()
    try Workplace.judgeWritable(options.artifacts)
    let workplace = try Workplace.make()
    let campaign = options.campaign(iterations: iterations, workplace: workplace)
    let line = ProgressLine()
    let report: CampaignReport
    let options = options
    let iterations = iterations
    let json = json
    report = try await campaign.run(
      tool: Workplace.tool,
      arguments: { purpose in
        let shared = options.arguments(iterations: iterations, workplace: workplace)
        return switch purpose {
        case .run(let lane): ["job", "--lane=\(lane)"].map { FileName($0) } + shared
        case .store(let iteration, let kind, let detail):
          [
            "job", "--store=\(iteration)", "--kind=\(kind.rawValue)", "--detail=\(detail)",
          ].map { FileName($0) } + shared
        }
      },
      replay: { iteration in
        "vcifuzz replay --seed \(options.seed) --iteration \(iteration)"
          + (options.images.target == .all ? "" : " --target \(options.images.target.rawValue)")
          + (options.images.corpus.map { " --corpus \(FileName($0).shellWord)" } ?? "")
      },
      isInterrupted: { Interruption.isRequested },
      heading: { heading in
        if json { Output.note(heading) } else { Output.write(heading + "\n") }
      },
      progress: { progress in
        line.show(Self.text(of: progress, after: line.elapsed))
      })
    line.clear()
    Output.write(json ? report.json : report.text)
    Output.note(
      "\(report.tally[.iterations]) iterations in \(Self.text(of: line.elapsed)), "
        + "\(Self.rate(report.tally[.iterations], line.elapsed)) a second")
    if report.isInterrupted { throw ToolExit(72) }
    if report.tally[.findings] > 0 { throw ToolExit(77) }
  }

  private static func text(of progress: CampaignProgress, after time: Duration) -> String {
    "\(progress.done) of \(progress.total) iterations, \(rate(progress.done, time)) a second, "
      + "\(progress.findings) findings"
  }

  private static func text(of time: Duration) -> String {
    let tenths = Int(time / .milliseconds(100))
    return "\(tenths / 10).\(tenths % 10) s"
  }

  private static func rate(_ count: UInt64, _ time: Duration) -> UInt64 {
    let milliseconds = max(1, time / .milliseconds(1))
    return UInt64(Double(count) * 1000 / milliseconds)
  }
}
