internal import VCICorpus
internal import VCIFormat

extension ConformanceReport: Encodable {
  /// The version of the form (`Specs/schemas/conformance.json`).
  static let schema = 1

  private struct Whole: Encodable {
    let schema: Int
    let adapter: String
    let name: String
    let version: String
    let language: String?
    let lane: String
    let only: String?
    let seed: String
    let verdict: String
    let exit: Int32
    let tests: Tests
    let areas: [CountsOfOne]
    let requirements: [CountsOfOne]
    let failures: [Failure]
    let failed: [String]
    let known: [String]
    let passedUnexpectedly: [String]
    let flaky: [String]
    /// What failed in each of them the first time; absent if there is none.
    let flakyFailures: [Failure]?
    let notRun: [Missing]
    let undeclared: [Undeclared]
    let withoutKit: [Missing]?
    let advice: WriterAdvice?
    /// The number of states after a crash that were tried; absent if there is none.
    let crashStates: UInt64?
    /// What was tried of each workload that was crashed; absent if there is none.
    let crashWorkloads: CrashWorkloads?
  }

  private struct CrashWorkloads: Encodable {
    let all: Int
    /// Those with more states than are tried at most.
    let cut: Int
    let mostStates: UInt64
  }

  private struct Tests: Encodable {
    let applicable: Int
    let passed: Int
    let failed: Int
    let known: Int
    let flaky: Int
    let notApplicable: Int
    let notRun: Int
  }

  /// The counts of an area, with its verdict, or of a requirement.
  private struct CountsOfOne: Encodable {
    var area: String?
    var verdict: String?
    var requirement: String?
    let asked: Int
    let failed: Int
    /// Why it was never asked about.
    var why: String?
  }

  private struct Failure: Encodable {
    let kind: String
    let area: String
    let requirement: String
    /// The number of tests with it; absent where it is that of one test alone.
    let tests: Int?
    let test: String
    let image: String
    let request: String
    let expected: String
    let got: String
    let errors: String?
    let command: String
  }

  /// A test of which there is something missing, and why.
  private struct Missing: Encodable {
    let test: String
    let why: String
  }

  /// A feature or operation for want of which tests were not run.
  private struct Undeclared: Encodable {
    let capability: String
    let tests: Int
  }

  package func encode(to encoder: any Encoder) throws {
    let tally = tally
    let tests = Tests(
      applicable: tally.applicable, passed: tally.passed, failed: failed.count,
      known: known.count, flaky: flaky.count, notApplicable: tally.notApplicable,
      notRun: tally.notRun)
    try Whole(
      schema: Self.schema, adapter: adapter, name: capabilities.name,
      version: capabilities.version, language: capabilities.language, lane: choice.lane.name,
      only: choice.only, seed: "\(choice.seed)", verdict: word, exit: exit, tests: tests,
      areas: areas.map { area, counts in
        CountsOfOne(
          area: area.rawValue, verdict: counts.verdict, asked: counts.asked, failed: counts.failed)
      },
      requirements: requirements.map { id, counts in
        CountsOfOne(
          requirement: id, asked: counts.asked, failed: counts.failed, why: whyNever(id, counts))
      },
      failures: kinds.map { object(of: $0.failure, in: $0.test, tests: $0.tests) },
      failed: failed.map(\.name), known: known.map(\.name),
      passedUnexpectedly: passedUnexpectedly.map(\.name), flaky: flaky.map(\.name),
      flakyFailures: flaky.isEmpty
        ? nil
        : flaky.flatMap { result in
          result.failures.prefix(1).map { object(of: $0, in: result.name, tests: nil) }
        },
      notRun: notRun.map { Missing(test: $0.name, why: $0.notRun ?? "") }
        + reasons.map { Missing(test: "", why: $0) },
      undeclared: undeclared,
      withoutKit: untold.isEmpty
        ? nil : untold.map { Missing(test: $0.test, why: $0.reason) },
      advice: advice, crashStates: crashStates,
      crashWorkloads: crashWorkloads.map {
        CrashWorkloads(all: $0.all, cut: $0.cut, mostStates: CrashTest.mostStates)
      }
    ).encode(to: encoder)
  }

  private func object(of failure: TestFailure, in test: String, tests: Int?) -> Failure {
    Failure(
      kind: failure.kind.rawValue, area: failure.area.rawValue,
      requirement: failure.requirement, tests: tests, test: test, image: image(of: test),
      request: failure.request, expected: failure.expected, got: failure.got,
      errors: failure.errors, command: command(of: test))
  }

  private var undeclared: [Undeclared] {
    Set(results.flatMap(\.notApplicable)).sorted().map { name in
      Undeclared(
        capability: name, tests: results.count { $0.notApplicable.contains(name) })
    }
  }

  /// The report as one line of JSON.
  ///
  /// - Throws: An error of the encoder.
  package func json() throws -> [UInt8] {
    try OrderedJSON.line(of: self)
  }
}

extension ConformanceReport.Counts {
  /// The verdict of an area.
  var verdict: String { asked == 0 ? "not applicable" : failed == 0 ? "right" : "wrong" }
}
