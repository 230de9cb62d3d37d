import Cache
import Testing
import VCIInProcess

@Suite struct Conformance {
  static let results = Task { try await ConformanceSuite(ReferenceCache(), lane: .smoke).run() }

  @Test(arguments: ConformanceSuite.requirements)
  func keeps(requirement: String) async throws {
    for failure in try await Self.results.value.failures(of: requirement) {
      Issue.record("\(failure)")
    }
  }

  @Test func isWhole() async throws {
    let results = try await Self.results.value
    #expect(results.verdict == .conforms, "\(results.summary)")
  }
}

@Suite struct FaultyConformance {
  @Test func `a block that is served twice breaks VCI-RD-006`() async throws {
    let results = try await ConformanceSuite(FaultyCache(), lane: .smoke).run()
    #expect(results.verdict == .doesNotConform)
    #expect(
      Set(results.failures.map { "\($0.kind), \($0.requirement)" })
        == ["wrong-bytes in reads, VCI-RD-006"])
    let failure = try #require(results.failures.first)
    let alone = try await ConformanceSuite(FaultyCache(), only: failure.test).run()
    #expect(alone.failures.first?.got == failure.got)
  }
}
