internal import SystemPackage
internal import VCIConformance

/// What a run of one or several programs found.
struct ConformResult {
  /// The report of each program.
  var reports: [ConformanceReport]
  /// What they are together; `nil` if there is one and no matrix is wanted.
  var matrix: Matrix?
  /// What became of them since an earlier run; `nil` if there is none.
  var baseline: Baseline?

  private var hasSeveral: Bool { reports.count > 1 }

  /// Notes why something was not done to its end.
  mutating func note(early reason: String) {
    reports[0].note(early: reason)
    matrix?.note(missing: reason, of: 0)
  }

  /// The exit code of the run.
  var exit: Int32 {
    if let baseline, !baseline.regressed.isEmpty { return 1 }
    return hasSeveral ? matrix?.exit ?? 3 : reports[0].exit
  }

  /// The report as JSON.
  func json() throws -> [UInt8] {
    guard hasSeveral, let matrix else { return try reports[0].json() }
    return try matrix.json()
  }

  /// The report as lines of text.
  var lines: [String] {
    guard hasSeveral, let matrix else { return reports[0].lines }
    return matrix.lines
  }

  /// Returns what a file of this name has.
  func bytes(for path: FilePath) throws -> [UInt8] {
    if ReportFiles.isOfMatrix(path), let matrix { return try matrix.json() }
    switch path.extension {
    case "json": return try json()
    case "html":
      guard let matrix else { preconditionFailure("a page is wanted, and no matrix was made") }
      return try PageProgram.besideThis.page(of: try matrix.json())
    case "xml":
      guard hasSeveral, let matrix else { return Array(reports[0].junit.utf8) }
      return Array(matrix.junit(reports).utf8)
    default: return Array(((lines + (baseline?.lines ?? [])).joined(separator: "\n") + "\n").utf8)
    }
  }
}
