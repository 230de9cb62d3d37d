internal import VCIFormat

extension ConformanceReport {
  /// The report as printable lines of text: the verdict, the areas, the requirements, and each kind
  /// of failure once.
  package var lines: [String] {
    let lines =
      [counts, headline, heading] + areaLines + [""] + requirementLines + failureLines + otherLines
    return lines.map { PrintableText($0).description }
  }

  /// The verdict, and how many tests failed by area, of so many requests.
  private var counts: String {
    let asked = areas.filter { $0.counts.asked > 0 }.map { area, counts in
      "\(area.rawValue) \(counts.failed)/\(counts.asked)"
    }
    return "\(word); failed/asked: " + (asked.isEmpty ? "nothing" : asked.joined(separator: ", "))
  }

  /// Program, lane and seed.
  private var heading: String {
    "\(PrintableText("\(capabilities.name) \(capabilities.version)")), lane \(choice.lane.name), "
      + "seed \(choice.seed)"
  }

  /// The verdict of the run in one word.
  package var word: String {
    switch exit {
    case 0: "conforms"
    case 1: "does not conform"
    default: "incomplete"
    }
  }

  /// The numbers of tests by result.
  package var tally: (passed: Int, applicable: Int, notApplicable: Int, notRun: Int) {
    let applicable = applicable.count
    return (
      applicable - failing.count - flaky.count, applicable,
      results.count - applicable - notRun.count, notRun.count + missing
    )
  }

  private var headline: String {
    let tally = tally
    return "\(word): \(tally.passed) of \(tally.applicable) applicable tests passed; "
      + "\(tally.notApplicable) not applicable, \(tally.notRun) not run, \(flaky.count) flaky"
      + (known.isEmpty ? "" : ", \(known.count) known failures")
  }

  private var areaLines: [String] {
    areas.map { area, counts in
      let verdict = counts.verdict == "wrong" ? "WRONG" : counts.verdict
      return "  \(Self.padded(area.rawValue, 24)) \(Self.padded(verdict, 14)) "
        + "\(counts.asked) asked, \(counts.failed) tests failed"
    }
  }

  private var requirementLines: [String] {
    requirements.map { id, counts in
      whyNever(id, counts).map { "  \(id)  never reached: \($0)" }
        ?? "  \(id)  \(counts.asked) asked, \(counts.failed) tests failed"
    }
  }

  private var failureLines: [String] {
    kinds.flatMap { failure, test, tests in
      [
        "",
        "\(failure.kind.rawValue) in \(failure.area.rawValue), \(failure.requirement): "
          + "\(tests) tests, such as \(test)",
        "  image     \(image(of: test))",
      ] + lines(of: failure, in: test)
    }
  }

  /// What a test asked, expected and got, and how it is run by hand.
  private func lines(of failure: TestFailure, in test: String) -> [String] {
    [
      "  request   \(failure.request)", "  expected  \(failure.expected)",
      "  got       \(failure.got)",
    ] + errorLines(of: failure) + [
      "  by hand   \(PrintableText(command(of: test)))"
    ]
  }

  /// What a program said that gave no answer, each of its lines as a line.
  private func errorLines(of failure: TestFailure) -> [String] {
    guard let errors = failure.errors else { return [] }
    return PrintableText.lines(errors).enumerated().map { index, line in
      (index == 0 ? "  errors    " : "            ") + line
    }
  }

  /// How the image of a test was made.
  func image(of test: String) -> String {
    let image = results.first { $0.name == test }?.image ?? ""
    return image.isEmpty ? "none" : PrintableText(image).description
  }

  /// The command that runs a test alone.
  func command(of test: String) -> String {
    ([
      "vci conform --adapter \(FileName(bytes: Array(adapter.utf8)).shellWord) --only \(test)"
    ] + choice.options).joined(separator: " ")
  }

  private var otherLines: [String] {
    let notRun =
      notRun.prefix(Self.most).map { "not run: \($0.name): \($0.notRun ?? "")" }
      + Self.rest("not run", notRun.count)
    let passed = passedUnexpectedly.map { "passed, and declared as known: \($0.name)" }
    let missing = capabilities.operations.isEmpty ? ["it declares no operation"] : []
    let untold = untold.map { "no kit: \($0.test): \($0.reason)" }
    let advice = advice.map { ["advice, which is no verdict: \($0)"] } ?? []
    let early = reasons.map { "ended early: \($0)" }
    let crashes = crashWords.map { [$0] } ?? []
    return [""] + crashes + advice + passed + flakyLines + untold + notRun + missing + early
  }

  /// The tests that are flaky, with what failed the first time.
  private var flakyLines: [String] {
    flaky.prefix(Self.most).flatMap { result in
      guard let failure = result.failures.first else { return ["flaky: \(result.name)"] }
      return [
        "flaky: \(result.name): at first \(failure.kind.rawValue) in \(failure.area.rawValue), "
          + failure.requirement
      ] + lines(of: failure, in: result.name)
    } + Self.rest("flaky", flaky.count)
  }

  /// The most tests of a result that are told of.
  private static let most = 10

  /// Says how many tests of a result are not told of.
  private static func rest(_ result: String, _ count: Int) -> [String] {
    count > most ? ["\(result): \(count - most) more, which the report as JSON names"] : []
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
