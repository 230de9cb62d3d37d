internal import VCIChecker
internal import VCIFormat
internal import VCIGenerators

extension CaseComparer {
  /// Checks the image and compares the findings with the forecast. Returns the report of the check.
  func check(_ fuzzCase: FuzzCase) throws(StorageError) -> Report {
    image.resetWork()
    let report = try checker.check(image)
    countVerdict(of: report)
    limitWork("check", to: workOfCheck)
    if let forecast = fuzzCase.forecast {
      compare(report, forecast, fuzzCase)
    } else {
      for finding in report.findings { observation.count(finding.rule, .blind) }
    }
    return report
  }

  /// The largest number of bytes that a check may read: header, map header and root, and twice each
  /// part of the bitmap that is no hole, in pieces of at most 64 KiB.
  private var workOfCheck: UInt64 {
    let pieces = UInt64(image.bytes.pieceCount) + 2
    return 16_384 + 2 * pieces * (65_536 + 64) + 2 * UInt64(image.bytes.keptBytes)
  }

  private func compare(_ report: Report, _ forecast: Forecast, _ fuzzCase: FuzzCase) {
    let found = report.findings.map {
      ForecastFinding($0.rule, $0.ruleClass, at: $0.offset)
    }.sorted()
    // Both lists are sorted. Two findings may be equal: for example, two leaks whose bits share a
    // byte.
    var next = 0
    for expected in forecast.findings {
      while next < found.count, found[next] < expected {
        next = reportUnexpected(found, next, forecast)
      }
      let isFound = next < found.count && found[next] == expected
      if isFound { next += 1 }
      count(expected, isFound: isFound, fuzzCase)
    }
    while next < found.count { next = reportUnexpected(found, next, forecast) }
  }

  private func count(
    _ expected: ForecastFinding, isFound: Bool, _ fuzzCase: FuzzCase
  ) {
    if fuzzCase.isChanged, !fuzzCase.before.contains(expected.rule) {
      observation.count(expected.rule, .predicted)
      if isFound { observation.count(expected.rule, .found) }
    }
    guard !isFound else { return }
    observation.count(expected.rule, .missed)
    observation.report(.missed, expected.rule, "forecast and not found: \(expected)")
  }

  /// Reports a finding that was not forecast, or not as often. Returns the index of the next
  /// finding.
  private func reportUnexpected(
    _ found: [ForecastFinding], _ index: Int, _ forecast: Forecast
  ) -> Int {
    let actual = found[index]
    observation.count(actual.rule, .unexpected)
    if forecast.findings.contains(actual) {
      observation.report(.repeated, actual.rule, "found too often: \(actual)")
    } else {
      observation.report(.unexpected, actual.rule, "found and not forecast: \(actual)")
    }
    return index + 1
  }

  private func countVerdict(of report: Report) {
    observation.count(Counter(report.verdict))
    if report.group == .tree { observation.count(.lastGroup) }
  }

  /// Reports a discrepancy if the work exceeds `limit`, in requested bytes.
  func limitWork(_ what: String, to limit: UInt64) {
    guard image.work > limit else { return }
    observation.report(
      .overwork, nil, "\(what) asked for \(image.work) bytes, at most \(limit) are needed")
  }
}
