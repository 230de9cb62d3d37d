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
      and found there, and what that means for the data.

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
    for file in files {
      let name = FileName(file)
      let bar = ProgressBar(file, in: .bytes)
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
          Output.write(ReportJSON.failure(error, of: name))
        } else {
          Output.note(ReportText.failure(error, of: "\(name)"))
        }
        verdicts.append(.incomplete)
      }
    }
    let verdict = Verdict.first(of: verdicts)
    if verdict != .clean { throw ToolExit(verdict.rawValue) }
  }

  /// Checks the image in a file, which nobody writes meanwhile: what is seen of it is of one moment.
  private func check(
    _ file: FilePath, by checker: Checker, _ bar: ProgressBar
  ) throws(ImageError) -> Report {
    let storage = try FileStorage.shared(at: file)
    do throws(StorageError) {
      return try checker.check(WatchedSource(storage, on: bar))
    } catch {
      throw .storage(error)
    }
  }
}
