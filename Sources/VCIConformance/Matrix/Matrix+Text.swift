internal import VCIFormat

extension Matrix {
  /// The matrix as printable lines of text: the verdict, each program, how many agree, requirement
  /// by program, exchanges, and differences.
  package var lines: [String] {
    let lines =
      [headline, heading] + implementationLines + agreementLines + requirementLines
      + exchangeLines + exampleLines + differenceLines + missingLines
    return lines.map { PrintableText($0).description }
  }

  private var headline: String {
    let tests = implementations.map(\.tests)
    func sum(_ count: KeyPath<Tests, Int>) -> Int { tests.reduce(0) { $0 + $1[keyPath: count] } }
    let conforming = implementations.count { $0.exit == 0 }
    return
      "\(word): \(sum(\.applicable)) tests applicable, \(sum(\.notApplicable)) not applicable, "
      + "\(sum(\.notRun)) not run; \(sum(\.passed)) passed, \(sum(\.flaky)) flaky; "
      + "\(conforming) of \(implementations.count) programs conform"
  }

  private var heading: String {
    "lane \(lane), seed \(seed)" + (only.map { ", only \($0)" } ?? "")
  }

  private var implementationLines: [String] {
    [""]
      + implementations.enumerated().map { index, program in
        let tests = program.tests
        return "  \(index + 1)  \(Self.title(program)): \(program.verdict); "
          + "\(tests.passed) of \(tests.applicable) applicable tests passed; "
          + "\(tests.notApplicable) not applicable, \(tests.notRun) not run, \(tests.flaky) flaky"
          + (tests.known > 0 ? ", \(tests.known) known failures" : "")
      }
  }

  /// Name, version and language.
  static func title(_ program: Implementation) -> String {
    "\(program.name) \(program.version)" + (program.language.map { " (\($0))" } ?? "")
  }

  private var agreementLines: [String] {
    ["", "How many programs pass a test, of those to which it applies:"]
      + agreement.map { counts in
        "  \(counts.passing) of \(counts.applicable): \(counts.tests) tests"
          + (counts.names.first.map { ", such as \($0)" } ?? "")
      }
  }

  private static let width = 9

  /// Returns a line of a table, of columns that are of one width but for the first.
  private static func row(_ title: String, _ columns: [String]) -> String {
    padded("  \(title)", 16)
      + columns.dropLast().map { padded($0, width) }.joined() + (columns.last ?? "")
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private var numbers: [String] { implementations.indices.map { "\($0 + 1)" } }

  private var requirementLines: [String] {
    ["", "Requirement by program: right, wrong with the number of tests, n/a, or - if not asked:"]
      + [Self.row("", numbers)]
      + requirements.map { row in Self.row(row.requirement, row.cells.map(Self.word)) }
  }

  private static func word(_ cell: Cell) -> String {
    switch cell.verdict {
    case .right: "right"
    case .wrong: "WRONG \(cell.failed)"
    case .notApplicable: "n/a"
    case .notAsked: "-"
    }
  }

  private var exchangeLines: [String] {
    guard !exchanges.isEmpty else { return [] }
    let written = exchanges.filter { !$0.isInTurns }
    let turns = exchanges.filter(\.isInTurns)
    var lines = [
      "", "Who reads (column) what one writes (row): workloads that went wrong, of all:",
    ]
    lines.append(Self.row("", ["checker"] + numbers))
    for writer in implementations.indices {
      let own = written.filter { $0.writer == writer }
      guard !own.isEmpty else { continue }
      let readers = [nil] + implementations.indices.map(Optional.some)
      let columns = readers.map { reader in Self.word(own.first { $0.reader == reader }) }
      lines.append(Self.row("\(writer + 1)", columns))
    }
    let known = exchanges.reduce(0) { $0 + ($1.known ?? 0) }
    if known > 0 { lines.append("  +N: \(known) others are known failures") }
    guard !turns.isEmpty else { return lines }
    lines += ["", "Two writers take turns on one image, the one in the row first:"]
    lines.append(Self.row("", numbers))
    for writer in implementations.indices {
      let columns = implementations.indices.map { other in
        writer == other
          ? "" : Self.word(turns.first { $0.writer == writer && $0.reader == other })
      }
      lines.append(Self.row("\(writer + 1)", columns))
    }
    return lines
  }

  private static func word(_ exchange: Exchange?) -> String {
    guard let exchange, exchange.workloads > 0 else { return "n/a" }
    return "\(exchange.failed)\(exchange.known.map { "+\($0)" } ?? "")/\(exchange.workloads)"
  }

  private var exampleLines: [String] {
    examples.flatMap { example in
      [
        "",
        "\(example.kind), \(example.requirement), program \(example.implementation + 1): "
          + "\(example.tests) tests, such as \(example.test)",
        "  image     \(example.image)", "  request   \(example.request)",
        "  expected  \(example.expected)", "  got       \(example.got)",
      ] + (example.errors.map { ["  errors    \(PrintableText($0))"] } ?? []) + [
        "  by hand   \(example.command)"
      ]
    }
  }

  private var differenceLines: [String] {
    guard implementations.count > 1 else { return [] }
    let counts = [Difference.Cause.rule, .choice, .hole].map { cause in
      differences.count { $0.cause == cause }
    }
    let head =
      "Differences: \(counts[0]) by a rule, \(counts[1]) of choice, \(counts[2]) holes of the "
      + "specification"
    return ["", head] + differences.flatMap(lines)
  }

  private func lines(of difference: Difference) -> [String] {
    let cause = difference.rule.map { "\(difference.cause.rawValue) \($0)" } ?? "hole"
    return [
      "",
      "\(difference.kind.rawValue), \(cause): \(difference.images) images, such as "
        + difference.test,
      "  \(difference.about)", "  image     \(difference.image)",
      "  request   \(difference.request)",
    ]
      + difference.answers.map { answer in
        let who = answer.implementations.map { "\($0 + 1)" }.joined(separator: ", ")
        let all = difference.answers.reduce(0) { $0 + $1.implementations.count }
        return "  \(answer.isAllowed ? "right" : "WRONG")     \(answer.answer)  "
          + "[program \(who): \(answer.implementations.count) of \(all)]"
      } + ["  by hand   \(difference.command)"]
      + (difference.kit.map { ["  kit       \($0)"] } ?? [])
  }

  /// The most lines of a program that say why it is incomplete.
  private static let mostMissing = 10

  private var missingLines: [String] {
    let lines = implementations.enumerated().flatMap { index, program in
      program.missing.prefix(Self.mostMissing).map { "program \(index + 1): \($0)" }
        + (program.undeclared.isEmpty
          ? []
          : [
            "program \(index + 1) does not declare \(program.undeclared.joined(separator: ", "))"
          ])
    }
    return lines.isEmpty ? [] : [""] + lines
  }
}
