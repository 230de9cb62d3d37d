internal import VCIFormat

extension Matrix {
  /// Makes the matrix of reports of one lane, one of each program. Exchanges and differences are
  /// none.
  package init(_ reports: [ConformanceReport]) {
    lane = reports.first?.choice.lane.name ?? ""
    seed = "\(reports.first?.choice.seed ?? 0)"
    only = reports.first?.choice.only
    implementations = reports.map(Implementation.init)
    agreement = Self.agreement(reports)
    (requirements, exchanges, differences, examples) = ([], [], [], [])
    for requirement in Requirement.allCases {
      let cells = reports.indices.map { index in
        cell(of: requirement, reports[index], program: index)
      }
      requirements.append(
        Row(requirement: requirement.rawValue, clause: requirement.clause, cells: cells))
    }
  }

  private mutating func cell(
    of requirement: Requirement, _ report: ConformanceReport, program: Int
  ) -> Cell {
    let id = requirement.rawValue
    let counts = report.counts(of: requirement)
    guard counts.asked > 0 else {
      let missing = requirement.needs.filter { !report.capabilities.declares($0) }
      return Cell(
        verdict: missing.isEmpty ? .notAsked : .notApplicable, asked: 0, failed: 0,
        why: report.whyNever(id, counts), example: nil)
    }
    guard counts.failed > 0, let smallest = report.smallestFailure(of: requirement) else {
      return Cell(verdict: .right, asked: counts.asked, failed: 0, why: nil, example: nil)
    }
    examples.append(report.example(smallest.failure, in: smallest.test, program: program))
    return Cell(
      verdict: .wrong, asked: counts.asked, failed: counts.failed, why: nil,
      example: examples.count - 1)
  }

  /// The most tests that are named of those on which programs do not agree.
  private static let mostNames = 50

  /// Counts tests by the number of programs that pass them.
  static func agreement(_ reports: [ConformanceReport]) -> [Agreement] {
    var order: [String] = []
    var counts: [String: (applicable: Int, passing: Int)] = [:]
    for report in reports {
      for result in report.results where result.isApplicable && result.notRun == nil {
        if counts[result.name] == nil { order.append(result.name) }
        let isPassed = result.failures.isEmpty && !result.isFlaky
        counts[result.name, default: (0, 0)].applicable += 1
        counts[result.name, default: (0, 0)].passing += isPassed ? 1 : 0
      }
    }
    var agreement: [Agreement] = []
    for name in order {
      guard let (applicable, passing) = counts[name] else { continue }
      let isDivided = passing > 0 && passing < applicable
      let index =
        agreement.firstIndex { $0.applicable == applicable && $0.passing == passing }
        ?? {
          agreement.append(
            Agreement(applicable: applicable, passing: passing, tests: 0, names: []))
          return agreement.count - 1
        }()
      agreement[index].tests += 1
      if isDivided, agreement[index].names.count < mostNames {
        agreement[index].names.append(name)
      }
    }
    return agreement.sorted { ($1.applicable, $1.passing) < ($0.applicable, $0.passing) }
  }
}

extension Matrix.Implementation {
  /// The most tests that are told of.
  private static let mostTold = 20
  private static let mostFailing = 1000

  /// Makes the line of a program from its report.
  fileprivate init(_ report: ConformanceReport) {
    let tally = report.tally
    let capabilities = report.capabilities
    self.init(
      name: capabilities.name, version: capabilities.version, language: capabilities.language,
      command: report.adapter, verdict: report.word, exit: report.exit,
      tests: Matrix.Tests(
        applicable: tally.applicable, passed: tally.passed, failed: report.failed.count,
        known: report.known.count, flaky: report.flaky.count,
        notApplicable: tally.notApplicable, notRun: tally.notRun),
      failing: report.failed.prefix(Self.mostFailing).map(\.name),
      missing: Self.missing(report),
      undeclared: Set(report.results.flatMap(\.notApplicable)).sorted())
  }

  private static func missing(_ report: ConformanceReport) -> [String] {
    let told =
      report.notRun.map { "not run: \($0.name): \($0.notRun ?? "")" }
      + report.flaky.map { "flaky: \($0.name)" }
      + report.passedUnexpectedly.map { "passed, and declared as known: \($0.name)" }
    let rest = told.count - mostTold
    return report.reasons + told.prefix(mostTold) + (rest > 0 ? ["and \(rest) more"] : [])
  }
}

extension ConformanceReport {
  /// The counts of a requirement.
  func counts(of requirement: Requirement) -> Counts {
    requirements.first { $0.id == requirement.rawValue }?.counts ?? Counts()
  }

  /// Returns the failure of a requirement that is the smallest: in a vector if there is one, then
  /// in a contract, an image or a workload; of these the first with the fewest bytes.
  func smallestFailure(
    of requirement: Requirement
  ) -> (failure: TestFailure, test: TestResult)? {
    let all = failed.enumerated().compactMap {
      index, result -> (rank: (Int, UInt64, Int), failure: TestFailure, test: TestResult)? in
      guard let failure = result.failures.first(where: { $0.requirement == requirement.rawValue })
      else { return nil }
      return ((result.tier, result.imageBytes ?? .max, index), failure, result)
    }
    return all.min { $0.rank < $1.rank }.map { ($0.failure, $0.test) }
  }

  /// Returns a failure with all that shows it.
  func example(_ failure: TestFailure, in test: TestResult, program: Int) -> Matrix.Example {
    Matrix.Example(
      implementation: program, requirement: failure.requirement, kind: failure.kind.rawValue,
      test: test.name, image: image(of: test.name), request: failure.request,
      expected: failure.expected, got: failure.got, errors: failure.errors,
      command: command(of: test.name), tests: failures(of: failure.key).count, twin: nil,
      bytes: failure.place?.bytes ?? [], kit: nil, ribbons: nil)
  }

  /// Returns the place of a failure that was made an example; `nil` if it has none.
  func place(of example: Matrix.Example) -> FailurePlace? {
    results.first { $0.name == example.test }?.failures.first {
      $0.requirement == example.requirement && $0.kind.rawValue == example.kind
    }?.place
  }
}

extension TestResult {
  /// How soon the test is shown to people: a vector first.
  fileprivate var tier: Int {
    guard let kind = name.split(separator: "/").first, kind.count < name.count else { return 0 }
    return switch kind {
    case "contract": 1
    case "valid", "edited": 2
    case "workload": 3
    default: 4
    }
  }
}
