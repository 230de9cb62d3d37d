internal import SystemPackage
internal import VCICommandLine
internal import VCIConformance
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat

/// The files that the reports of a run go to. From the beginning on they say that the run has not
/// come to its end, so that none has an older report if the run fails or is killed.
struct ReportFiles {
  /// The log of events; `nil` if none is wanted.
  let log: EventLog?
  private let adapter: String
  private let paths: [FilePath]

  /// Makes the files.
  ///
  /// - Throws: `ToolFailure`, for wrong usage, if one cannot be made.
  init(_ paths: [FilePath], of adapter: String) throws {
    self.adapter = adapter
    self.paths = paths.filter { $0.extension != "jsonl" }
    do {
      log = try paths.first { $0.extension == "jsonl" }
        .map { path throws(CorpusError) in try EventLog(path) }
      if paths.contains(where: Self.isPage) { try PageProgram.besideThis.requireProgram() }
      for path in self.paths { try Self.write(.atWork(adapter: adapter), to: path) }
    } catch let error as CorpusError {
      throw ToolFailure.usage("--report: \(error)")
    } catch let error as NotStarted {
      throw ToolFailure.usage("--report: \(error)")
    }
  }

  /// Whether a file cannot be written without the matrix, also that of one program.
  static func needsMatrix(_ path: FilePath) -> Bool { isOfMatrix(path) || isPage(path) }

  private static func isPage(_ path: FilePath) -> Bool { path.extension == "html" }

  /// Whether a file is to have the matrix, also that of one program.
  static func isOfMatrix(_ path: FilePath) -> Bool { path.string.hasSuffix("matrix.json") }

  /// Writes why there is no report of the run. A file that cannot be written stays as it is.
  func write(_ failure: ToolFailure) {
    let report = UnfinishedReport(adapter: adapter, why: failure.message, exit: failure.code)
    log?.end(report)
    for path in paths { try? Self.write(report, to: path) }
  }

  /// Writes the reports, in which stands at the end which files do not have them.
  func write(_ result: inout ConformResult) throws {
    for path in paths {
      do {
        try StoredFile.write(try result.bytes(for: path), to: path)
      } catch let error as CorpusError {
        result.note(early: "a file has not the report: \(error)")
      } catch let error as NotStarted {
        result.note(early: "\(FileName(path)) has not the report: \(error)")
      }
    }
    for report in result.reports { log?.end(report) }
  }

  private static func write(_ report: UnfinishedReport, to path: FilePath) throws {
    let bytes =
      switch path.extension {
      case "json": try report.json()
      case "xml": Array(report.junit.utf8)
      case "html": Array(report.html.utf8)
      default: Array(report.text.utf8)
      }
    try StoredFile.write(bytes, to: path)
  }
}
