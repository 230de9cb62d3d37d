internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIConformance
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat
internal import VCIFuzzing

/// Makes failing cases smaller.
struct MinimizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "minimize",
    abstract: "Makes failing cases as small as they can be while they fail in the same way.",
    discussion: """
      What comes of a case is the fewest operations, where it has some, and the fewest edits on the \
      smallest image under which the first of its findings is still made. It is stored with its image under the case's name and "-minimized", \
      and replays like any other case; the case itself is kept. No file is overwritten.

      Exit code 0 where all were minimized, 1 where one could not be, as one that does not fail any \
      more, 72 where it was interrupted: the smallest case so far is stored then.

      Examples: vcifuzz minimize artifacts/case-1-4711.vcir
                vcifuzz minimize --adapter ./my-adapter artifacts/case-1-4711.vcir
      """)

  @Argument(help: "The cases: files that a campaign stored.", transform: PathArgument.file)
  var cases: [FilePath]

  @Option(
    help: "The folder for what comes of them; without it, the case's own.",
    transform: PathArgument.folder)
  var out: FilePath?

  @Option(help: "How many cases are tried at most for each one.")
  var attempts: Int = 20_000

  @OptionGroup var adapters: AdapterOptions

  @Flag(help: "Print one JSON object per case.")
  var json = false

  func validate() throws {
    guard !cases.isEmpty else { throw ValidationError("Name a case.") }
    guard attempts > 0 else {
      throw ValidationError("--attempts takes a number from 1 on, not \(attempts).")
    }
  }

  func run() throws {
    Interruption.watch()
    let started = try adapters.started()
    var hasFailed = false
    for path in cases where !Interruption.isRequested {
      do {
        show(try minimized(path, started), of: path)
      } catch {
        hasFailed = true
        show(error, of: path)
      }
    }
    if hasFailed { throw ToolExit(1) }
    guard !Interruption.isRequested else {
      throw ToolFailure(
        code: 72, kind: "interrupted", "interrupted; what is stored is the smallest so far")
    }
  }

  private func minimized(
    _ path: FilePath, _ started: AdapterCampaign?
  ) throws -> Minimization {
    let line = ProgressLine()
    defer { line.clear() }
    let task = MinimizeTask(
      case: path, into: out, attempts: attempts, started?.programs,
      isInterrupted: { Interruption.isRequested },
      progress: { progress in
        guard progress.attempts % 64 == 0 else { return }
        line.show("\(FileName(path)): \(progress.attempts) of at most \(progress.limit) attempts")
      })
    return try task.run()
  }
}

extension MinimizeCommand {
  private struct Outcome: Encodable {
    let `case`: String
    let caseBytes: String?
    let key: String
    let before, after: Minimization.Measure
    let plan: Minimization.Plan
    let edits, operations, findings: [String]
    let attempts: Int
    let isFinished: Bool
    let minimized: String
    let minimizedBytes: String?
    let replay: String
  }

  private func show(_ made: Minimization, of path: FilePath) {
    let replay = "vcifuzz replay\(adapters.words) \(FileName(made.path).shellWord)"
    guard !json else {
      return Output.write(
        Output.json(
          Outcome(
            case: FileName(path).text, caseBytes: FileName(path).hexadecimal, key: made.key,
            before: made.before, after: made.after, plan: made.plan,
            edits: made.edits, operations: made.operations, findings: made.findings,
            attempts: made.attempts, isFinished: made.isFinished,
            minimized: FileName(made.path).text,
            minimizedBytes: FileName(made.path).hexadecimal, replay: replay)))
    }
    let lines =
      [
        "\(FileName(path))", "before: \(text(of: made.before))", "after: \(text(of: made.after))",
        "plan: \(made.plan.blocks) blocks, \(count(made.plan.nodes, "node")), "
          + "\(count(made.plan.extents, "extent")), "
          + "\(made.plan.bytes) bytes",
      ]
      + made.edits.map { "edit: \($0)" } + made.operations.map { "operation: \($0)" }
      + made.findings.map { "finding: \($0)" } + [
        "\(made.attempts) attempts" + (made.isFinished ? "" : "; more would go on from here"),
        "minimized: \(FileName(made.path))", "replay: \(replay)",
      ]
    Output.write(lines.map { "\(PrintableText($0))\n" }.joined())
  }

  private func text(of measure: Minimization.Measure) -> String {
    (measure.operations > 0 ? "\(count(measure.operations, "operation")), " : "")
      + "\(count(measure.edits, "edit")), \(measure.bytes) bytes"
  }

  private func count(_ number: Int?, _ noun: String) -> String {
    "\(number ?? 0) \(noun)" + (number == 1 ? "" : "s")
  }

  private struct Failed: Encodable {
    struct Body: Encodable {
      let kind: String
      let message: String
    }

    let `case`: String
    let caseBytes: String?
    let error: Body
    let exit: Int32 = 1
  }

  private func show(_ error: any Error, of path: FilePath) {
    if json {
      let kind = error is MinimizationFailure ? "minimize" : "storage"
      let body = Failed.Body(kind: kind, message: "\(error)")
      Output.write(
        Output.json(
          Failed(
            case: FileName(path).text, caseBytes: FileName(path).hexadecimal, error: body)))
    }
    // A `CorpusError` names its own file, which may be the image that belongs to the case.
    Output.note("vcifuzz: " + (error is CorpusError ? "\(error)" : "\(FileName(path)): \(error)"))
  }
}
