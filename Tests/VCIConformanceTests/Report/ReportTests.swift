import FoundationEssentials
import SystemPackage
import Testing
import VCIChecker

@testable import VCIConformance

private let lane = #"""
  {"schema":1,"name":"few","about":"b","everyVector":0,"valid":0,"edited":0,"workloads":0}
  """#

/// The result of a test, with the failures of these kinds.
private func result(
  _ name: String, _ kinds: [TestFailure.Kind] = [], got: String = "g", isFlaky: Bool = false
) -> TestResult {
  var result = TestResult(name: name)
  result.count(.reads, .reads)
  result.failures = kinds.map {
    TestFailure(
      area: .reads, requirement: "VCI-RD-006", kind: $0, request: "read IMG 0 1 OUT",
      expected: "e", got: got)
  }
  result.isFlaky = isFlaky
  return result
}

private func notRun(_ name: String) -> TestResult {
  var result = TestResult(name: name)
  result.notRun = "no room"
  return result
}

private func notApplicable(_ name: String) -> TestResult {
  var result = TestResult(name: name)
  result.notApplicable = ["fixed"]
  return result
}

private func report(
  _ results: [TestResult], name: String = "fake", known: [String] = [], missing: Int = 0,
  reasons: [String] = [], options: [String] = []
) throws -> ConformanceReport {
  var capabilities = Capabilities()
  (capabilities.name, capabilities.version) = (name, "1")
  capabilities.operations = ["read"]
  capabilities.known = known.map { .init(name: $0, issue: "https://example.org") }
  let lane = try JSONDecoder().decode(Lane.self, from: Data(lane.utf8))
  var choice = ConformanceChoice(lane, only: nil, seed: 3, jobs: 1, corpus: "Corpus")
  choice.options = options
  return ConformanceReport(
    adapter: "./fake", capabilities, choice, results: results, missing: missing, reasons: reasons)
}

/// The same under a name that no constant hides.
private func reportOf(_ results: [TestResult], reasons: [String]) throws -> ConformanceReport {
  try report(results, reasons: reasons)
}

struct `The exit code of a run` {
  @Test(
    arguments: [
      ([result("a")], [], 0, 0),
      ([result("a"), notApplicable("b")], [], 0, 0),
      // Failures.
      ([result("a", [.crashed])], [], 0, 1),
      ([result("a", [.crashed]), notRun("b")], [], 0, 1),
      ([result("a", [.crashed])], [], 5, 1),
      // Known failures, and those that pass.
      ([result("a", [.crashed]), result("b")], ["a"], 0, 0),
      ([result("a", [.crashed]), result("b", [.crashed])], ["a"], 0, 1),
      ([result("a")], ["a"], 0, 1),
      ([notApplicable("a"), result("b")], ["a"], 0, 0),
      // What was not asked.
      ([], [], 0, 3),
      ([notApplicable("a")], [], 0, 3),
      ([result("a"), notRun("b")], [], 0, 3),
      ([result("a"), result("b", [.timedOut], isFlaky: true)], [], 0, 3),
      ([result("a")], [], 1, 3),
    ] as [([TestResult], [String], Int, Int32)])
  func `is that of the first that applies`(
    results: [TestResult], known: [String], missing: Int, exit: Int32
  ) throws {
    #expect(try report(results, known: known, missing: missing).exit == exit)
  }
}

struct `A run of which something was not done` {
  @Test
  func `is incomplete, also if all tests have passed`() throws {
    let report = try report([result("a")], reasons: ["the log of events cannot be written"])
    #expect(report.exit == 3)
    #expect(report.junit.contains("<error type=\"incomplete\""))
  }
}

struct `A report` {
  private struct Whole: Decodable {
    struct Tests: Decodable, Equatable {
      let applicable, passed, failed, known, flaky, notApplicable, notRun: Int
    }

    struct Failure: Decodable {
      let kind, area, requirement, test: String
      let tests: Int
    }

    struct Why: Decodable, Equatable { let test, why: String }

    let tests: Tests
    let verdict: String
    let exit: Int32
    let seed: String
    let failures: [Failure]
    let failed, known, passedUnexpectedly, flaky: [String]
    let notRun: [Why]
  }

  private static let results = [
    result("a", [.crashed, .crashed, .memory]), result("b", [.crashed]), result("c"),
    result("d", [.wrongBytes]), result("e"), result("f", [.timedOut], isFlaky: true), notRun("g"),
    notApplicable("h"),
  ]

  private func whole() throws -> (ConformanceReport, Whole) {
    let report = try report(
      Self.results, known: ["d", "e"], missing: 2, reasons: ["interrupted"])
    return (report, try JSONDecoder().decode(Whole.self, from: Data(try report.json())))
  }

  @Test
  func `has the numbers of its headline as JSON`() throws {
    let (report, whole) = try whole()
    #expect(
      whole.tests
        == .init(
          applicable: 6, passed: 2, failed: 2, known: 1, flaky: 1, notApplicable: 1, notRun: 3))
    #expect(
      report.lines[1]
        == "\(whole.verdict): \(whole.tests.passed) of \(whole.tests.applicable) applicable tests "
        + "passed; \(whole.tests.notApplicable) not applicable, \(whole.tests.notRun) not run, "
        + "\(whole.tests.flaky) flaky, \(whole.tests.known) known failures")
    #expect(whole.verdict == "does not conform")
    #expect(whole.exit == 1)
    #expect(whole.seed == "3")
  }

  @Test
  func `names the tests of each result`() throws {
    let whole = try whole().1
    #expect(whole.failed == ["a", "b"])
    #expect(whole.known == ["d"])
    #expect(whole.passedUnexpectedly == ["e"])
    #expect(whole.flaky == ["f"])
    #expect(
      whole.notRun == [.init(test: "g", why: "no room"), .init(test: "", why: "interrupted")])
  }

  @Test
  func `has each kind of failure once, but neither those that are known nor flaky`() throws {
    #expect(
      try whole().1.failures.map { "\($0.kind) \($0.tests) \($0.test)" }
        == ["crashed 2 a", "memory 1 a"])
  }

  @Test
  func `has the counts by area in its first line`() throws {
    #expect(
      try report([result("a", [.crashed]), result("b")]).lines[0]
        == "does not conform; failed/asked: reads 1/2")
    #expect(try report([]).lines[0] == "incomplete; failed/asked: nothing")
  }

  @Test
  func `says of a failure how its image was made, and how it is run by hand`() throws {
    var failed = result("edited/3-7", [.crashed])
    failed.image = "map.free = 4096"
    let lines = try report([failed]).lines
    #expect(lines.contains("  image     map.free = 4096"))
    #expect(lines.contains("  by hand   vci conform --adapter ./fake --only edited/3-7"))
  }

  @Test
  func `names the options that a test needs to be the same by hand`() throws {
    let report = try report([result("a", [.crashed])], options: ["--lane", "'my lane.json'"])
    let command = "vci conform --adapter ./fake --only a --lane 'my lane.json'"
    #expect(report.lines.contains("  by hand   " + command))
    #expect(
      String(decoding: try report.json(), as: UTF8.self).contains(#""command":"\#(command)""#))
  }

  @Test
  func `sums what images of the program are like, and compares none of it`() throws {
    func advice(
      _ trees: [(depth: Int, nodes: Int, extents: Int)], evicted: UInt64, dropped: UInt64
    ) -> WriterAdvice {
      var advice = WriterAdvice()
      for tree in trees {
        advice.note(
          Report.Tree(
            depth: tree.depth, internalNodes: tree.depth - 1, leaves: tree.nodes - tree.depth + 1,
            extents: tree.extents, cachedBlocks: 1))
      }
      advice.note(
        written: 10,
        [
          PortAnswer.Loss(isEviction: true, block: 1, count: evicted),
          PortAnswer.Loss(isEviction: false, block: 1, count: dropped),
        ])
      return advice
    }
    var (one, other) = (result("a"), result("b"))
    one.advice = advice([(1, 1, 40), (3, 7, 60)], evicted: 3, dropped: 0)
    other.advice = advice([(1, 1, 20)], evicted: .max, dropped: 2)
    let report = try report([one, other])
    #expect(report.exit == 0)
    #expect(
      report.lines.contains(
        "advice, which is no verdict: 3 images were closed, of 1.66 levels on average and at most 3, with 0.07 "
          + "nodes for each extent; of 20 blocks that were written, 9007199254740991 are said to "
          + "be evicted and 2 dropped"))
    #expect(try !self.whole().0.lines.contains { $0.hasPrefix("advice") })
  }

  @Test
  func `shows what a program said that gave no answer`() throws {
    var failed = result("a", [.crashed, .wrongBytes])
    failed.failures[0].errors = "no <memory>"
    let report = try report([failed])
    #expect(report.lines.filter { $0.contains("no <memory>") } == ["  errors    no <memory>"])
    let json = String(decoding: try report.json(), as: UTF8.self)
    #expect(json.ranges(of: #""errors":"no <memory>""#).count == 1)
    #expect(json.ranges(of: #""errors""#).count == 1)
    #expect(report.junit.ranges(of: "got: g\nerrors: no &lt;memory&gt;\n").count == 1)
  }

  @Test
  func `is XML also if a mark stands on a character that XML escapes`() throws {
    var failed = result("a", [.crashed])
    failed.failures[0].errors = "<\u{338}a \"\u{301}"
    #expect(try report([failed]).junit.contains("errors: &lt;\u{338}a &quot;\u{301}\n"))
  }

  @Test
  func `has the lines in which a program said it`() throws {
    var failed = result("a", [.crashed])
    failed.failures[0].errors = "one\ntwo\u{0}"
    let report = try report([failed])
    let start = try #require(report.lines.firstIndex(of: "  errors    one"))
    #expect(report.lines[start + 1] == #"            two\u0000"#)
    #expect(report.junit.contains("errors: one\ntwo\\u0000\n"))
    #expect(
      String(decoding: try report.json(), as: UTF8.self).contains(#""errors":"one\ntwo\u0000""#))
  }

  @Test
  func `is printable whatever a reason is`() throws {
    #expect(
      try report([], reasons: ["a\u{0}\nb"]).lines.last == #"ended early: a\u0000\nb"#)
  }

  @Test
  func `marks a test as flaky whose failure did not come again`() throws {
    var report = try report([result("a", [.crashed]), result("b", [.crashed])])
    #expect(report.failures(of: report.kinds[0].failure.key).map(\.test) == ["a", "b"])
    report.markFlaky("a")
    #expect(report.kinds.map(\.test) == ["b"])
    #expect(report.exit == 1)
    report.markFlaky("b")
    #expect(report.kinds.isEmpty)
    #expect(report.exit == 3)
  }

  @Test
  func `says of a flaky test what failed the first time`() throws {
    let report = try report([result("a", [.crashed, .memory], got: "signal 11", isFlaky: true)])
    let start = try #require(report.lines.firstIndex { $0.hasPrefix("flaky") })
    #expect(
      report.lines[start...].prefix(5) == [
        "flaky: a: at first crashed in reads, VCI-RD-006", "  request   read IMG 0 1 OUT",
        "  expected  e", "  got       signal 11",
        "  by hand   vci conform --adapter ./fake --only a",
      ])
    struct Whole: Decodable {
      struct Failure: Decodable { let test, kind, requirement, request, expected, got: String }

      let flakyFailures: [Failure]
    }
    let failures = try JSONDecoder().decode(Whole.self, from: Data(try report.json())).flakyFailures
    #expect(
      failures.map { [$0.test, $0.kind, $0.expected, $0.got] } == [
        ["a", "crashed", "e", "signal 11"]
      ])
  }

  @Test
  func `says how many tests it does not tell of`() throws {
    let report = try report((1...12).map { notRun("\($0)") })
    #expect(report.lines.count { $0.hasPrefix("not run: ") } == 11)
    #expect(report.lines.contains("not run: 2 more, which the report as JSON names"))
  }

  @Test
  func `says how many workloads have more states after a crash than were tried`() throws {
    var results = [result("crash/1-0"), result("crash/1-1"), result("crash/1-2"), result("a")]
    for (index, states) in [4000, 17, 4000].enumerated() {
      results[index].crashStates = UInt64(states)
      results[index].isCut = index != 1
    }
    let report = try report(results)
    #expect(
      report.lines.contains(
        "8017 states after a crash were tried, of 3 workloads; of 2 of these the rest was not tried: "
          + "they have more states than the 4000 that are tried at most, or than the 16 times as "
          + "many that are compared with those"))
    let json = String(decoding: try report.json(), as: UTF8.self)
    #expect(json.contains(#""crashStates":8017"#))
    #expect(json.contains(#""crashWorkloads":{"all":3,"cut":2,"mostStates":4000}"#))
    #expect(
      report.junit.contains(
        """
          <properties>
            <property name="crash.states" value="8017"/>
            <property name="crash.workloads" value="3"/>
            <property name="crash.workloadsCut" value="2"/>
            <property name="crash.mostStates" value="4000"/>
          </properties>

        """))
  }

  @Test
  func `says that no workload has more states, and nothing where none was crashed`() throws {
    var whole = result("crash/1-0")
    (whole.crashStates, whole.isCut) = (17, false)
    #expect(
      try report([whole]).lines.contains(
        "17 states after a crash were tried, of 1 workloads; none has more states than are tried "
          + "of it at most"))
    let other = try report([result("a")])
    #expect(!other.lines.contains { $0.contains("crash were") })
    #expect(!other.junit.contains("propert"))
    #expect(!String(decoding: try other.json(), as: UTF8.self).contains("crashW"))
  }

  @Test
  func `says once why it ended early`() throws {
    #expect(try whole().0.lines.contains("ended early: interrupted"))
  }

  @Test
  func `has all areas and requirements, also those that were never reached`() throws {
    let lines = try report([result("a")]).lines
    #expect(lines.count { $0.hasPrefix("  VCI-") } == 14)
    #expect(lines.contains("  VCI-RD-006  1 asked, 0 tests failed"))
    #expect(lines.contains("  VCI-WR-003  never reached: it shows only in a crash (--lane crash)"))
    #expect(
      lines.contains("  VCI-WR-001  never reached: the program does not declare open-rw, write"))
    #expect(
      lines.contains("  VCI-WR-007  never reached: the program does not declare mod-uuid"))
    // It declares `read` alone.
    #expect(lines.contains("  VCI-RD-004  never reached: no test that was run asks for it"))
    #expect(Area.allCases.allSatisfy { area in lines.contains { $0.contains(area.rawValue) } })
  }
}

struct `A report as JUnit XML` {
  @Test
  func `says of a failure why it has no kit`() throws {
    var report = try report([result("a", [.crashed]), result("b", [.crashed])])
    report.markUntold("b", "no script has <locks>")
    #expect(
      report.junit.ranges(of: "got: g\nno kit: no script has &lt;locks&gt;\n</failure>").count == 1)
    #expect(report.junit.ranges(of: "no kit").count == 1)
  }

  /// The names of the elements, in order; `nil` if the text is not well-formed.
  ///
  /// A parser of the elements, attributes and texts that reports consist of.
  private func elements(_ text: String) -> [String]? {
    guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 || $0 == "\n" }) else { return nil }
    guard !text.contains("\u{fffe}"), !text.contains("\u{ffff}") else { return nil }
    var (names, open): ([String], [String]) = ([], [])
    for piece in text.split(separator: "<").dropFirst() {
      let parts = piece.split(separator: ">", omittingEmptySubsequences: false)
      guard parts.count == 2 else { return nil }
      let tag = parts[0]
      guard ![tag, parts[1]].contains(where: Self.hasBareAmpersand) else { return nil }
      if tag.hasPrefix("?") { continue }
      if tag.hasPrefix("/") {
        guard open.popLast() == String(tag.dropFirst()) else { return nil }
        continue
      }
      guard tag.count(where: { $0 == "\"" }) % 2 == 0 else { return nil }
      let name = String(tag.prefix { $0 != " " && $0 != "/" })
      names.append(name)
      if !tag.hasSuffix("/") { open.append(name) }
    }
    return open.isEmpty ? names : nil
  }

  private static func hasBareAmpersand(_ text: Substring) -> Bool {
    text.split(separator: "&", omittingEmptySubsequences: false).dropFirst().contains { rest in
      !["amp;", "lt;", "gt;", "quot;"].contains { rest.hasPrefix($0) }
    }
  }

  @Test
  func `has a case for each test`() throws {
    let report = try report([
      result("a"), result("b", [.crashed, .memory]), result("c", [.timedOut], isFlaky: true),
      notRun("valid/1-2"), notApplicable("e"),
    ])
    #expect(
      elements(report.junit)
        == [
          "testsuite", "testcase", "testcase", "failure", "failure", "testcase", "error",
          "testcase", "skipped", "testcase", "skipped",
        ])
    #expect(report.junit.contains(#"tests="5" failures="1" errors="1" skipped="2""#))
    #expect(report.junit.contains(#"<testcase classname="valid" name="valid/1-2">"#))
  }

  @Test
  func `has an error if the run is incomplete, so that it is not taken for green`() throws {
    let report = try report([notApplicable("a")], missing: 2, reasons: ["interrupted"])
    #expect(elements(report.junit) == ["testsuite", "testcase", "skipped", "testcase", "error"])
    #expect(report.junit.contains(#"tests="2" failures="0" errors="1" skipped="1""#))
    #expect(
      report.junit.contains(
        #"message="0 tests applicable, 2 not run, 0 flaky; interrupted""#))
  }

  @Test
  func `skips failures that are known, and fails those that pass`() throws {
    let report = try report(
      [result("a", [.crashed]), result("b"), result("c", [.crashed], isFlaky: true)],
      known: ["a", "b", "c"])
    #expect(
      elements(report.junit)
        == ["testsuite", "testcase", "skipped", "testcase", "failure", "testcase", "error"])
    #expect(report.junit.contains(#"tests="3" failures="1" errors="1" skipped="1""#))
  }

  @Test
  func `stays XML whatever a program says`() throws {
    let hostile = "\u{0}\u{1b}[8m<a b=\"c\">&amp;]]>\u{7f}\u{85}\u{fffe}\u{ffff}\u{2028}\r\n\t'"
    let report = try report([result("a", [.crashed], got: hostile)], name: hostile)
    #expect(elements(report.junit) == ["testsuite", "testcase", "failure"])
    var without = try reportOf([notRun("b"), result("a", [.crashed])], reasons: [hostile])
    without.markUntold("a", hostile)
    #expect(
      elements(without.junit) == ["testsuite", "testcase", "skipped", "testcase", "failure"])
    let incomplete = try reportOf([notRun("b")], reasons: [hostile])
    #expect(
      elements(incomplete.junit) == ["testsuite", "testcase", "skipped", "testcase", "error"])
  }
}
