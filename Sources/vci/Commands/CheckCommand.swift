internal import ArgumentParser
internal import SystemPackage
internal import VCIChecker
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// Checks images by every rule.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Checks images by every rule; nothing is written.",
    discussion: """
      Examples: vci check suspicious.vci
                vci check --json *.vci

      An image that somebody has open to write is not checked. Each finding has its rule, the byte in the file, the place in the image, what is expected \
      and found there, and what that means for the data. The first \(Checker.usualBudget) findings of an \
      image are shown and, whatever comes before it, the first of each rule; all are counted, and where \
      some are not shown the last lines say of which rules and how many. Corruption comes first, then \
      wrong summaries, leaks, the dirty flag and advice.

      A file that somebody changes meanwhile could not be checked. With --json each object has the form of \
      Specs/schemas/check.json; its "rules" count all findings, "truncated" says that some are not shown.

      Exit code, the first that any file has: 1 could not complete, 5 not a VCI, 6 unsupported \
      version, 2 corruption, 3 leak or wrong summary, 4 dirty, 0 nothing but advice.
      """)

  @Argument(help: "The images.", transform: PathArgument.file)
  var files: [FilePath]

  @Flag(help: "Print one JSON object per file, each on its line.")
  var json = false

  func run() throws {
    let checker = Checker()
    var verdicts: [Verdict] = []
    let line = ProgressLine()
    for (index, file) in files.enumerated() {
      let name = FileName(file)
      let bar = CheckBar("\(name)", index + 1, of: files.count, on: line)
      do throws(ImageError) {
        let report = try check(file, by: checker, bar)
        bar.clear()
        Output.write(
          json
            ? ReportJSON.line(report, of: name) : "\(ReportText(report, of: "\(name)"))")
        verdicts.append(report.verdict)
      } catch {
        bar.clear()
        if json {
          Output.write(ReportJSON.failure(error, kind: Failure.kind(of: error), of: name))
        } else {
          Output.note(ReportText.failure(error, of: "\(name)"))
        }
        verdicts.append(.incomplete)
      }
    }
    let verdict = Verdict.first(of: verdicts)
    if verdict != .clean { throw ToolExit(verdict.rawValue) }
  }

  /// Checks the image in a file while no other process writes to it, so that the report describes
  /// the file at one moment.
  ///
  /// The lock keeps out processes that ask for it; the time of the file's last change shows writes
  /// of any other.
  ///
  /// - Throws: `ImageError.storage` if the file cannot be read or was changed meanwhile.
  private func check(
    _ file: FilePath, by checker: Checker, _ bar: CheckBar
  ) throws(ImageError) -> Report {
    let storage = try FileStorage.shared(at: file)
    tellOfLock(storage.lockFailure, file)
    do throws(StorageError) {
      let before = try storage.lastChange()
      let report = try checker.check(
        ProgressSource(storage, on: bar.reading), progress: bar.show)
      guard try storage.lastChange() == before else {
        throw StorageError(.read, reason: "somebody changed it meanwhile")
      }
      return report
    } catch {
      throw .storage(error)
    }
  }
}
