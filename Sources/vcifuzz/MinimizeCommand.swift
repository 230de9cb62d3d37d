internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCICorpus
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

      Example: vcifuzz minimize artifacts/case-1-4711.json
      """)

  @Argument(help: "The cases: files that a campaign stored.")
  var cases: [String]

  @Option(help: "The folder for what comes of them; without it, the case's own.")
  var out: String?

  @Option(help: CorpusPlace.help)
  var corpus: String?

  @Option(help: "How many cases are tried at most for each one.")
  var attempts: Int = 20_000

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
    var hasFailed = false
    for path in cases {
      guard !Interruption.isRequested else { throw ToolExit(hasFailed ? 1 : 72) }
      do {
        show(try minimized(path), of: path)
      } catch {
        hasFailed = true
        show(error, of: path)
      }
    }
    if hasFailed { throw ToolExit(1) }
    if Interruption.isRequested { throw ToolExit(72) }
  }

  private func minimized(_ path: String) throws -> Minimization {
    let line = ProgressLine()
    defer { line.clear() }
    return try Minimization(
      case: FilePath(path), corpus: corpusPath, into: out.map { FilePath($0) },
      attempts: attempts, tool: Workplace.tool, workplace: Workplace.make,
      isInterrupted: { Interruption.isRequested },
      progress: { progress in
        guard progress.attempts % 64 == 0 else { return }
        line.show("\(path): \(progress.attempts) of at most \(progress.limit) attempts")
      })
  }

  private var corpusPath: FilePath? { corpus.map { FilePath($0) } ?? CorpusPlace.found }
}

extension MinimizeCommand {
  private struct Outcome: Encodable {
    let `case`, key: String
    let before, after: Minimization.Measure
    let plan: Minimization.Plan
    let edits, operations, findings: [String]
    let attempts: Int
    let isFinished: Bool
    let minimized, replay: String
  }

  private func show(_ made: Minimization, of path: String) {
    let replay = "vcifuzz replay \(made.path)" + (corpus.map { " --corpus \($0)" } ?? "")
    guard !json else {
      return Output.write(
        Output.json(
          Outcome(
            case: path, key: made.key, before: made.before, after: made.after, plan: made.plan,
            edits: made.edits, operations: made.operations, findings: made.findings,
            attempts: made.attempts, isFinished: made.isFinished, minimized: made.path.string,
            replay: replay)))
    }
    let lines =
      [
        path, "before: \(text(of: made.before))", "after: \(text(of: made.after))",
        "plan: \(made.plan.blocks) blocks, \(count(made.plan.nodes, "node")), "
          + "\(count(made.plan.extents, "extent")), "
          + "\(made.plan.bytes) bytes",
      ]
      + made.edits.map { "edit: \($0)" } + made.operations.map { "operation: \($0)" }
      + made.findings.map { "finding: \($0)" } + [
        "\(made.attempts) attempts" + (made.isFinished ? "" : "; more would go on from here"),
        "minimized: \(made.path)", "replay: \(replay)",
      ]
    Output.write(lines.joined(separator: "\n") + "\n")
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
    let error: Body
  }

  private func show(_ error: any Error, of path: String) {
    if json {
      let kind = error is MinimizationFailure ? "minimize" : "storage"
      let body = Failed.Body(kind: kind, message: "\(error)")
      Output.write(Output.json(Failed(case: path, error: body)))
    }
    // Errors of files name theirs, which may be the image beside the case.
    Output.note("vcifuzz: " + (error is CorpusError ? "\(error)" : "\(path): \(error)"))
  }
}
