internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIConformance
internal import VCIFormat
internal import VCIFuzzing

/// Runs a campaign.
struct FuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz", abstract: "Runs a campaign. This is what runs without a command.",
    discussion: """
      Every iteration makes an image, edits it, forecasts what a check must find, and holds probe, \
      open and reads of the reference implementation, and the checker, to it. A quarter of them, or \
      with --target ops all, also open the image for writing, or one that is created, and write, \
      read, discard, flush, close and reopen it beside a model of what it is to have cached; a check \
      after each close must find it clean. The report on standard output is the same at any number \
      of jobs; rates go to standard error.

      A finding is stored as a case when it is made: of each kind and rule the first eight by \
      iteration. The report says which could not be stored, and why. With --time no more iterations are \
      begun once it is up, and the report is that of as many iterations as it names. An interrupt ends \
      the campaign with the report of what was done, and a second one, a second or more later, at once. \
      A job that a signal from outside ends is tried again; an iteration in which that happens 100 times \
      in a row is left out.

      With --adapter, programs of others answer in place of checker and reference, on the same images and \
      with the same operations. A failure counts if it comes again in a new process; otherwise it is a \
      finding of the kind flaky. Where several adapters answer differently and no rule leaves that to them, that is \
      a finding too, a disagreement: a rule decides between them, or the specification has a hole. What a clause leaves \
      to programs is counted. Before the first iteration the recorded sessions of Port/sessions are replayed to each \
      adapter: one that does not speak the port ends the campaign before it begins.

      Exit codes: 0 nothing found, 77 something found, 72 interrupted, 64 wrong usage, 1 own failure: \
      nothing found, and iterations are left out or the campaign was given up; or an adapter did not start or failed its pre-flight.

      Examples: vcifuzz --iterations 100000 --seed 7 --jobs 2
                vcifuzz --time 10m --target ops
                vcifuzz --iterations 20000 --adapter ./my-adapter --kits kits
      """)

  @OptionGroup var options: CampaignOptions

  @Option(
    help: ArgumentHelp(
      "Make a folder for each kind of failure of an adapter, and for each disagreement of several, "
        + "that shows it without this suite.",
      valueName: "dir"), transform: PathArgument.folder)
  var kits: FilePath?

  @Flag(help: "Print the report as JSON.")
  var json = false

  func validate() throws {
    guard kits == nil || !options.adapters.commands.isEmpty else {
      throw ValidationError("--kits is for failures of adapters: name one with --adapter.")
    }
  }

  func run() throws {
    var campaign = options.campaign
    try Workplace.validateWritable(campaign.artifacts.folder)
    if let kits { try Workplace.validateWritable(kits) }
    let adapters = try options.adapters.started()
    if let adapters {
      // An interrupt of the pre-flight ends the campaign with a report of no iteration.
      Interruption.watch()
      try options.adapters.requirePreflight(adapters, corpus: campaign.corpus)
    }
    campaign.programs = adapters?.programs
    let line = ProgressLine()
    var report = try campaign.run(
      temporary: Workplace.parent, replay: options.replay,
      isInterrupted: { Interruption.isRequested },
      heading: { heading in
        // After the heading is printed, an interrupt ends the campaign with a report.
        if adapters == nil { Interruption.watch() }
        if json { Output.note(heading) } else { Output.write(heading + "\n") }
      },
      progress: { progress in
        line.show(Self.text(of: progress, after: line.elapsed))
      })
    let time = line.elapsed
    if let kits, let adapters {
      try adapters.makeKits(
        of: &report, campaign, in: kits, isInterrupted: { Interruption.isRequested },
        progress: { line.show("kit \($0) of \($1)") })
    }
    line.clear()
    Output.write(json ? report.json : report.text)
    Output.note(
      "\(report.tally[.iterations]) iterations in \(Self.text(of: time)), "
        + "\(Self.rate(report.tally[.iterations], time)) a second")
    if let code = report.exitCode { throw ToolExit(code) }
  }

  private static func text(of progress: CampaignProgress, after time: Duration) -> String {
    "\(progress.done)\(progress.total.map { " of \($0)" } ?? "") iterations, \(rate(progress.done, time)) a second, "
      + "\(progress.discrepancies) findings"
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

extension CampaignReport {
  /// The exit code of the tool; `nil` if nothing is wrong.
  fileprivate var exitCode: Int32? {
    if ending == .interrupted { return 72 }
    if tally[.findings] > 0 { return 77 }
    if case .givenUp = ending { return 1 }
    return leftOut.isEmpty ? nil : 1
  }
}
