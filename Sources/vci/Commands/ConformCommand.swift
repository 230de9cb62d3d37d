internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIConformance
internal import VCIFormat

/// Compares a program of somebody else with the specification.
struct ConformCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conform", abstract: "Compares another program with the specification.",
    discussion: """
      The adapter is a command of a shell; it speaks the test port of Specs/Port.md, in the simple \
      form or the session form.

      Examples: vci conform --adapter ./my-reader
                vci conform --adapter 'python3 adapter.py' --lane smoke --jobs 2

      Exit codes: 0 conforms, 1 does not conform, 3 incomplete (something was not run, is flaky, or \
      nothing is applicable), 5 the adapter did not start; 64 wrong usage.
      """)

  @Option(help: ArgumentHelp("The command of the adapter.", valueName: "command"))
  var adapter: String

  @Option(help: "The seed of every choice.")
  var seed: UInt64 = 1

  @Option(help: "How many tests run at the same time.")
  var jobs: Int = 1

  @Option(help: "The folder of the corpus.", transform: PathArgument.folder)
  var corpus: FilePath = "Corpus"

  @Option(help: "The number of valid images.")
  var valid: UInt64 = 100

  @Option(help: "The number of edited images.")
  var edited: UInt64 = 1000

  @Option(help: "The number of workloads for writers.")
  var workloads: UInt64 = 20

  @Option(help: "Every n-th vector, or none.")
  var vectors = 1

  func run() throws {
    Interruption.watch()
    let lane = Lane(
      name: "own", about: "", everyVector: vectors, valid: valid, edited: edited,
      workloads: workloads)
    let run = try ConformanceRun(
      AdapterCommand(adapter), lane, seed: seed, jobs: jobs, corpus: corpus)
    let line = ProgressLine()
    let report: ConformanceReport
    do throws(NotStarted) {
      report = try run.run(isInterrupted: { Interruption.isRequested }) { done, all, failed in
        line.show("\(done) of \(all) parts, \(failed) tests failed")
      }
    } catch {
      throw ToolFailure(code: 5, kind: "adapter", "\(error)")
    }
    line.clear()
    Output.write(report.lines.joined(separator: "\n") + "\n")
    throw ToolExit(report.exit)
  }
}
