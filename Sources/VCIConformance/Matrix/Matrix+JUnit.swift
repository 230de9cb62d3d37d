extension Matrix {
  /// The reports and the matrix as JUnit XML: a test suite for each program, and one of exchanges,
  /// with a case for each two programs.
  package func junit(_ reports: [ConformanceReport]) -> String {
    ConformanceReport.xmlHead + "<testsuites>\n" + reports.map(\.junitSuite).joined()
      + exchangeSuite + "</testsuites>\n"
  }

  private var exchangeSuite: String {
    guard !exchanges.isEmpty else { return "" }
    let failed = exchanges.count { $0.failed > 0 }
    let skipped = exchanges.count { $0.workloads == 0 || $0.failed == 0 && $0.known != nil }
    return "<testsuite name=\"exchanges\" tests=\"\(exchanges.count)\" failures=\"\(failed)\" "
      + "errors=\"0\" skipped=\"\(skipped)\">\n"
      + exchanges.map(testCase).joined() + "</testsuite>\n"
  }

  private func testCase(_ exchange: Exchange) -> String {
    let reader = exchange.reader.map { "\($0 + 1) \(implementations[$0].name)" } ?? "checker"
    let name =
      "\(exchange.writer + 1) \(implementations[exchange.writer].name) "
      + "\(exchange.isInTurns ? "and" : "to") \(reader)"
    let start =
      "  <testcase classname=\"\(exchange.isInTurns ? "turns" : "exchange")\" "
      + "name=\"\(ConformanceReport.escaped(name))\""
    if exchange.workloads == 0 {
      let why = ConformanceReport.escaped(exchange.why ?? "")
      return start + ">\n    <skipped message=\"\(why)\"/>\n  </testcase>\n"
    }
    if exchange.failed == 0, let known = exchange.known {
      return start + ">\n    <skipped message=\"known failures: \(known) of "
        + "\(exchange.workloads) workloads\"/>\n  </testcase>\n"
    }
    guard exchange.failed > 0, let index = exchange.example else { return start + "/>\n" }
    let example = examples[index]
    let text =
      "test: \(example.test)\nrequest: \(example.request)\nexpected: \(example.expected)\n"
      + "got: \(example.got)\nby hand: \(example.command)\n"
    return start
      + ">\n    <failure type=\"\(ConformanceReport.escaped(example.kind))\" "
      + "message=\"\(exchange.failed) of \(exchange.workloads) workloads, "
      + "\(ConformanceReport.escaped(example.requirement))\">"
      + "\(ConformanceReport.escaped(text))</failure>\n  </testcase>\n"
  }
}
