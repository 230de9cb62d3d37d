internal import VCIFormat

extension ConformanceReport {
  /// The report as JUnit XML: a test case for each test. What is not applicable or not run is
  /// skipped, with the reason, and so is a failure that the author knows. Readers of such files
  /// take one in which all is skipped for green: a run that is incomplete has one more case, an
  /// error.
  package var junit: String { Self.xmlHead + junitSuite }

  static let xmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

  /// The element of the report, which is one of several if there are several programs.
  var junitSuite: String {
    let incomplete = exit == 3 ? 1 : 0
    let skipped = tally.notApplicable + notRun.count + known.count
    let head =
      "<testsuite name=\"\(Self.escaped("\(capabilities.name) \(capabilities.version)"))\" "
      + "tests=\"\(results.count + incomplete)\" "
      + "failures=\"\(failed.count + passedUnexpectedly.count)\" "
      + "errors=\"\(flaky.count + incomplete)\" skipped=\"\(skipped)\">\n"
    return head + crashProperties + results.map(testCase).joined()
      + (incomplete > 0 ? incompleteCase : "") + "</testsuite>\n"
  }

  /// What was tried of the states after a crash, as properties; empty if nothing was.
  private var crashProperties: String {
    guard let states = crashStates, let (all, cut) = crashWorkloads else { return "" }
    return "  <properties>\n"
      + [
        ("crash.states", states), ("crash.workloads", UInt64(all)),
        ("crash.workloadsCut", UInt64(cut)), ("crash.mostStates", CrashTest.mostStates),
      ].map { "    <property name=\"\($0)\" value=\"\($1)\"/>\n" }.joined() + "  </properties>\n"
  }

  private var incompleteCase: String {
    let tally = tally
    let why =
      "\(tally.applicable) tests applicable, \(tally.notRun) not run, \(flaky.count) flaky"
      + reasons.map { "; \($0)" }.joined()
    return Self.incompleteCase(why)
  }

  /// The case of a run that is incomplete, which is an error.
  static func incompleteCase(_ why: String) -> String {
    "  <testcase classname=\"run\" name=\"complete\">\n"
      + "    <error type=\"incomplete\" message=\"\(escaped(why))\"/>\n  </testcase>\n"
  }

  private func testCase(_ result: TestResult) -> String {
    let kind =
      result.name.split(separator: "/").count > 1 ? result.name.prefix { $0 != "/" } : "vector"
    let start = "  <testcase classname=\"\(kind)\" name=\"\(Self.escaped(result.name))\""
    let body = body(of: result)
    return body.isEmpty ? start + "/>\n" : start + ">\n\(body)  </testcase>\n"
  }

  private func body(of result: TestResult) -> String {
    if let reason = result.notRun { return "    <skipped message=\"\(Self.escaped(reason))\"/>\n" }
    guard result.isApplicable else {
      let missing = result.notApplicable.sorted().joined(separator: ", ")
      return "    <skipped message=\"not applicable: \(Self.escaped(missing))\"/>\n"
    }
    if isKnown(result), !result.isFlaky {
      return result.failures.isEmpty
        ? "    <failure type=\"passed\" message=\"it is declared as a known failure\"/>\n"
        : "    <skipped message=\"a known failure\"/>\n"
    }
    let reason = untold.first { $0.test == result.name }?.reason
    let withoutKit = reason.map { "no kit: \($0)\n" } ?? ""
    return result.failures.map { failure in
      let element = result.isFlaky ? "error" : "failure"
      let text =
        "request: \(failure.request)\nexpected: \(failure.expected)\ngot: \(failure.got)\n"
        + (failure.errors.map { "errors: \($0)\n" } ?? "") + withoutKit
      return "    <\(element) type=\"\(failure.kind.rawValue)\" "
        + "message=\"\(Self.escaped(failure.requirement))\">\(Self.escaped(text))</\(element)>\n"
    }.joined()
  }

  /// Returns text for XML, which has no control characters at all.
  static func escaped(_ text: String) -> String {
    PrintableText(lines: text).description
      .unicodeScalars.map { scalar in
        // A character with a mark on it would be another one.
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        default: String(scalar)
        }
      }.joined()
  }
}
