import Testing
import VCIInProcess

struct `A suite in this process` {
  /// An implementation that takes every file for a VCI.
  private static func gullible(_ operations: Set<Declaration.Operation>) -> FakeImplementation {
    var implementation = FakeImplementation()
    implementation.operations = operations
    return implementation
  }

  @Test func `says the requirement, the test, the request, and what runs it alone`() async throws {
    let results = try await ConformanceSuite(
      Self.gullible([.probe]), only: "contract/file-folder"
    ).run()
    #expect(results.verdict == .doesNotConform)
    #expect(results.asked(about: "VCI-RD-001") == 1)
    #expect(results.asked(about: "VCI-RD-006") == 0)
    #expect(
      results.failures(of: "VCI-RD-001").map(\.description) == [
        """
        operation-failed in probe, VCI-RD-001: 1 tests, such as contract/file-folder
          request   probe IMG
          expected  refused, of class io
          got       done
          alone     ConformanceSuite(..., only: "contract/file-folder")
        """
      ])
    #expect(results.failures(of: "VCI-RD-002") == [])
    #expect(
      results.summary.hasPrefix(
        "does not conform; failed/asked: probe 1/1\ndoes not conform: 0 of 1"))
  }

  @Test func `runs one vector alone, and says before which test it is`() async throws {
    let log = FakeImplementation.Log()
    let results = try await ConformanceSuite(Self.gullible([.probe]), only: "hdr-001-zero").run {
      log.add($0)
    }
    #expect(log.all == ["hdr-001-zero"])
    #expect(results.failures.map(\.kind) == ["accepted-invalid in probe"])
  }

  @Test func `is incomplete if nothing is declared`() async throws {
    let results = try await ConformanceSuite(Self.gullible([]), only: "contract/file-folder").run()
    #expect(results.verdict == .incomplete)
  }

  @Test(arguments: [
    ("contract/file-pipe", "contract/file-pipe needs a process of its own: see vci conform"),
    (
      "contract/file-foldr",
      "there is no test 'contract/file-foldr'; did you mean 'contract/file-folder'?"
    ),
  ])
  func `cannot run`(only: String, reason: String) async {
    let error = await #expect(throws: SuiteError.self) {
      try await ConformanceSuite(Self.gullible([.probe]), only: only).run()
    }
    #expect(error?.description == reason)
  }

  @Test func `ends between two tests if its task is cancelled`() async {
    let log = FakeImplementation.Log()
    let run = Task {
      try await ConformanceSuite(Self.gullible([.probe]), only: "VCI-HDR-001").run {
        log.add($0)
        unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      }
    }
    await #expect(throws: CancellationError.self) { _ = try await run.value }
    #expect(log.all.count == 1)
  }

  @Test func `names the requirements that it may ask about`() {
    #expect(
      ConformanceSuite.requirements == [
        "VCI-RD-001", "VCI-RD-002", "VCI-RD-003", "VCI-RD-004", "VCI-RD-005", "VCI-RD-006",
        "VCI-RD-007", "VCI-WR-001", "VCI-WR-002", "VCI-WR-004", "VCI-WR-005", "VCI-WR-006",
        "VCI-WR-007",
      ])
  }
}
