internal import ArgumentParser
internal import Glibc
internal import VCICommandLine
internal import VCICrashing

/// Crashes the reference implementation at every write.
struct CrashCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crash", abstract: "Crashes the reference's writer at every write of its work.",
    discussion: """
      Operations are done on small images in memory, and all that is asked of the disk is recorded. From \
      that all states are made that the disk model of Specs/VCI.md allows after a crash: after each sector, \
      with up to two of those missing that were written since the last flush, in each form that a missing \
      one may have, and with each length of the file. Each state is checked, read, opened for writing, closed \
      and checked again. Specs/Crashes.md says what is demanded, and which states are left out and why.

      First come the creation of each image and all sequences of up to --sequences operations, then iterations \
      with drawn operations, each of eight cycles of work, crash and recovery on one image. Of short sequences \
      recoveries are crashed too, and each call of the storage fails once. The report is the same at any \
      number of jobs. An interrupt, a hang-up or a request to terminate ends it with the report of what was \
      done; jobs that do not come back within five seconds are ended. A signal a second later ends it at once.

      A job that traps, or tells nothing of the sequence that it runs for as long as --patience says, is a \
      finding of that sequence. One that somebody else ended is none: the sequence is run again.

      Exit codes: 0 nothing found, 77 something found, 72 interrupted, 64 wrong usage, 1 own failure.

      Examples: vcifuzz crash
                vcifuzz crash --sequences 2 --iterations 20000 --seed 7
                vcifuzz crash --replay 'empty: write 0+1 = 1; flush'
                vcifuzz crash --replay 'iteration 17' --seed 7
      """)

  @Option(
    help: "The longest sequences of which all are tried, 0 to 4 operations; none with 'none'.")
  var sequences: String = "3"

  @Option(help: "How many iterations are drawn.")
  var iterations: UInt64 = 800

  @Option(help: "The seed of every choice.")
  var seed: UInt64 = 1

  @Option(help: "How many processes share the work; they change no result.")
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "How long one sequence may take, such as 90s or 10m.", valueName: "time"),
    transform: TimeSpan.argument)
  var patience = TimeSpan(duration: CrashCampaign.defaultPatience)

  @Flag(help: "Print the report as JSON.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Run one sequence alone, and crash all of it, or one iteration.", valueName: "sequence"))
  var replay: String?

  @Flag(help: "Try the states too that recover as others do: of small campaigns only.")
  var withoutPruning = false

  @Flag(help: "Print the images and the operations on them, and run nothing.")
  var list = false

  /// The number of jobs; by default one for each processor, at most 64.
  private var jobCount: Int { jobs ?? max(1, min(64, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  private var longest: Int? {
    sequences == "none" ? -1 : Int(sequences).flatMap { (0...4).contains($0) ? $0 : nil }
  }

  func validate() throws {
    guard (1...256).contains(jobCount) else {
      throw ValidationError("--jobs takes a number from 1 to 256, not \(jobCount).")
    }
    guard longest != nil else {
      throw ValidationError(
        "--sequences takes a number from 0 to 4, or 'none', not '\(sequences)'.")
    }
    guard let replay else { return }
    guard CrashCase(replaying: replay, seed: seed) != nil else {
      throw ValidationError(
        "--replay takes an image and operations as 'empty: write 0+1 = 1; flush', or 'iteration 17', "
          + "not '\(replay)'.")
    }
  }

  func run() throws {
    if list { return printList() }
    let line = ProgressLine()
    let campaign =
      replay.flatMap { CrashCase(replaying: $0, seed: seed) }.map {
        CrashCampaign(
          of: $0, seed: seed, isPruning: !withoutPruning, patience: patience.duration)
      }
      ?? CrashCampaign(
        longest: longest ?? 0, iterations: iterations, seed: seed, jobs: jobCount,
        isPruning: !withoutPruning, patience: patience.duration)
    Interruption.watch()
    let report = try campaign.run(isInterrupted: { Interruption.isRequested }) { progress in
      line.show(
        "\(progress.done) of \(progress.total) sequences, \(progress.tried) states, "
          + "\(progress.findings) findings")
    }
    line.clear()
    Output.write(json ? report.json : report.text)
    let seconds = line.elapsed / .seconds(1)
    Output.note(
      "\(report.sum.tried) states in \(Int(seconds * 10) / 10) s, "
        + "\(Int(Double(report.sum.tried) / max(0.001, seconds))) a second")
    switch report.ending {
    case .interrupted: throw ToolExit(72)
    case .complete: if report.sum.findings > 0 { throw ToolExit(77) }
    case .givenUp: throw ToolExit(report.sum.findings > 0 ? 77 : 1)
    }
  }

  private func printList() {
    struct Listed: Encodable {
      let image: String
      let blocks: UInt64
      let operations: [String]
    }
    for image in CrashImage.allCases {
      let operations = image.operations
      guard !json else {
        Output.write(
          Output.json(
            Listed(
              image: image.rawValue, blocks: image.blocks, operations: operations)))
        continue
      }
      Output.write(
        "\(image.rawValue): \(image.blocks) blocks: " + operations.joined(separator: "; ") + "\n")
    }
  }
}
