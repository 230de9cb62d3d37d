internal import VCIConformance

/// What the tests of a suite found.
public struct ConformanceResults: Sendable {
  /// The verdict of the run.
  public enum Verdict: String, Sendable {
    case conforms
    case doesNotConform = "does not conform"
    /// Something was not run or is flaky, or nothing is applicable.
    case incomplete
  }

  public let verdict: Verdict
  /// The verdict with its numbers, on two lines.
  public let summary: String
  /// Each kind of failure once, in the order of the first test that has it.
  public let failures: [Failure]
  private let asked: [String: Int]

  init(_ report: ConformanceReport) {
    verdict = Verdict(rawValue: report.word) ?? .incomplete
    summary = report.lines.prefix(2).joined(separator: "\n")
    failures = report.kinds.map { failure, test, tests in
      Failure(failure, of: test, tests: tests, seed: report.choice.seed)
    }
    asked = Dictionary(
      uniqueKeysWithValues: report.requirements.map { ($0.id, $0.counts.asked) })
  }

  /// Returns the failures of a requirement, such as `VCI-RD-001`; each kind once.
  public func failures(of requirement: String) -> [Failure] {
    failures.filter { $0.requirement == requirement }
  }

  /// Returns how often a requirement was asked about.
  public func asked(about requirement: String) -> Int { asked[requirement] ?? 0 }
}

/// A kind of failure, with the first test that shows it.
public struct Failure: Hashable, Sendable {
  /// The requirement that is broken, such as `VCI-RD-001`.
  public let requirement: String
  /// The kind and the area, such as `accepted-invalid in open`.
  public let kind: String
  /// The name of the test.
  public let test: String
  /// The number of tests with this kind of failure.
  public let tests: Int
  /// The request, in the words of the simple form of the port.
  public let request: String
  /// All that is allowed.
  public let expected: String
  /// What the implementation answered.
  public let got: String
  private let seed: UInt64

  init(_ failure: TestFailure, of test: String, tests: Int, seed: UInt64) {
    requirement = failure.requirement
    kind = "\(failure.kind.rawValue) in \(failure.area.rawValue)"
    self.test = test
    self.tests = tests
    request = failure.request
    expected = failure.expected
    got = failure.got
    self.seed = seed
  }
}

extension Failure: CustomStringConvertible {
  /// All of it, with what runs the test alone.
  public var description: String {
    """
    \(kind), \(requirement): \(tests) tests, such as \(test)
      request   \(request)
      expected  \(expected)
      got       \(got)
      alone     ConformanceSuite(..., only: "\(test)"\(seed == 1 ? "" : ", seed: \(seed)"))
    """
  }
}
