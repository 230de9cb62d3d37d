extension ConformanceReport {
  /// The report as lines of text: the verdict, the areas, the requirements, and each kind of
  /// failure once.
  package var lines: [String] {
    [headline] + areaLines + [""] + requirementLines + failureLines + otherLines
  }

  private var headline: String {
    let word =
      switch exit {
      case 0: "conforms"
      case 1: "does not conform"
      default: "incomplete"
      }
    let passed = applicable.count - failed.count - flaky.count
    return "\(word): \(passed) of \(applicable.count) applicable tests passed; "
      + "\(results.count - applicable.count - notRun.count) not applicable, "
      + "\(notRun.count + missing) not run, \(flaky.count) flaky"
  }

  private var areaLines: [String] {
    areas.map { area, counts in
      let verdict = counts.asked == 0 ? "not applicable" : counts.failed == 0 ? "right" : "WRONG"
      return "  \(Self.padded(area.rawValue, 24)) \(Self.padded(verdict, 14)) "
        + "\(counts.asked) asked, \(counts.failed) tests failed"
    }
  }

  private var requirementLines: [String] {
    requirements.map { id, counts in
      counts.asked == 0
        ? "  \(id)  never reached"
        : "  \(id)  \(counts.asked) asked, \(counts.failed) tests failed"
    }
  }

  private var failureLines: [String] {
    kinds.flatMap { failure, test, tests in
      [
        "",
        "\(failure.kind.rawValue) in \(failure.area.rawValue), \(failure.requirement): "
          + "\(tests) tests, such as \(test)",
        "  request   \(failure.request)", "  expected  \(failure.expected)",
        "  got       \(failure.got)",
      ]
    }
  }

  private var otherLines: [String] {
    let flaky = flaky.prefix(10).map { "flaky: \($0.name)" }
    let notRun = notRun.prefix(10).map { "not run: \($0.name): \($0.notRun ?? "")" }
    return (flaky + notRun + reasons.map { "a job ended early: \($0)" })
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
