internal import ArgumentParser
internal import SystemPackage
internal import VCIChecker
internal import VCICommandLine
internal import VCIFormat
internal import VCIReference

/// Checks images by every rule.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Checks images by every rule; nothing is written.",
    discussion: """
      Examples: vci check suspicious.vci
                vci check --json *.vci

      Each finding has its rule, the byte in the file, the place in the image, what is expected \
      and found there, and what that means for the data.

      Exit code, the first that any file has: 1 could not complete, 5 not a VCI, 6 unsupported \
      version, 2 corruption, 3 leak or wrong summary, 4 dirty, 0 nothing but advice.
      """)

  @Argument(help: "The images.")
  var files: [String]

  @Flag(help: "Print one JSON object per file, each on its line.")
  var json = false

  func run() throws {
    let checker = Checker()
    var verdicts: [Verdict] = []
    for file in files {
      let line = ProgressLine()
      do throws(StorageError) {
        let storage = try FileStorage(sharing: FilePath(file))
        let report = try checker.check(WatchedSource(storage, of: file, on: line))
        line.clear()
        Output.write(
          json ? ReportJSON.line(report, of: file) : "\(ReportText(report, of: file))")
        verdicts.append(report.verdict)
      } catch {
        line.clear()
        if json {
          Output.write(ReportJSON.failure(error, of: file))
        } else {
          Output.note(ReportText.failure(error, of: file))
        }
        verdicts.append(.incomplete)
      }
    }
    let verdict = Verdict.first(of: verdicts)
    if verdict != .clean { throw ToolExit(verdict.rawValue) }
  }
}
