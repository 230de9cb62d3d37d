import Testing
import VCIFormat

private func finding(_ rule: Rule, dirty: Bool = false) throws -> Violation {
  try #require(
    Violation(
      rule, by: .checker, at: .endOfFile(0), expected: .exactly(0), actual: 0,
      inDirtyImage: dirty))
}

struct `The verdict on an image` {
  @Test
  func `is the exit code of the tools`() {
    let codes = Verdict.allCases.map { ("\($0)", $0.rawValue) }.sorted { $0.1 < $1.1 }
    #expect(codes.map(\.1) == [0, 1, 2, 3, 4, 5, 6])
    #expect(
      codes.map(\.0) == [
        "clean", "incomplete", "corrupt", "repairable", "dirty", "notAnImage",
        "unsupportedVersion",
      ])
  }

  @Test(
    arguments: [
      (.fileHoldsHeader, .notAnImage), (.headerSignature, .notAnImage),
      (.headerVersion, .unsupportedVersion), (.headerBlocks, .corrupt),
      (.mapFreeCount, .repairable), (.blockOwned, .repairable), (.cleanShutdown, .dirty),
      (.fileSizeWhole, .clean), (.extentAllocated, .corrupt),
    ] as [(Rule, Verdict)])
  func `of one finding follows from its rule and class`(rule: Rule, verdict: Verdict) throws {
    #expect(Verdict(of: try finding(rule)) == verdict)
  }

  @Test
  func `of a dirty image calls clear bits a summary`() throws {
    let findings = [try finding(.extentAllocated, dirty: true), try finding(.cleanShutdown)]
    #expect(findings.map { Verdict(of: $0) } == [.repairable, .dirty])
  }

  @Test
  func `is the first that applies`() throws {
    let order: [Verdict] = [
      .incomplete, .notAnImage, .unsupportedVersion, .corrupt, .repairable, .dirty, .clean,
    ]
    for (index, verdict) in order.enumerated() {
      #expect(Verdict.first(of: order[index...].reversed()) == verdict)
    }
    #expect(Verdict.first(of: []) == .clean)
  }
}
