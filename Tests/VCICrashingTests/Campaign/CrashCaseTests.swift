@testable import VCICrashing
import Testing
import VCIFormat
import VCIGenerators

struct `A case of a crash campaign` {
  @Test(
    .timeLimit(.minutes(30)),
    arguments: [
      "empty: write 0+1 = 1", "least: create", "fixed: create", "full: write 100+1 = 1",
    ])
  func `finds nothing wrong with the reference`(text: String) throws {
    let outcome = try #require(CrashCase(replaying: text, seed: 1)).run()
    #expect(outcome.findings.isEmpty)
    #expect(outcome.counts.tried > 10)
    #expect(outcome.digests == outcome.digests.sorted())
  }

  @Test(.timeLimit(.minutes(30)))
  func `that is drawn does the same again`() throws {
    let once = CrashCase.iteration(seed: 3, 5).run()
    #expect(once == CrashCase.iteration(seed: 3, 5).run())
    #expect(once.findings.isEmpty)
    #expect(once.counts.cycles == 8)
    #expect(once != CrashCase.iteration(seed: 3, 6).run())
  }

  @Test
  func `is told to the campaign without loss`() {
    var outcome = CrashOutcome()
    outcome.digests = [0, 0x1234_5678_9abc_def0, .max]
    let line = CrashLine(7, outcome)
    #expect(line.digests == "0000000000000000123456789abcdef0ffffffffffffffff")
    var digests: [UInt64] = []
    line.forEachDigest { digests.append($0) }
    #expect(digests == outcome.digests)
  }

  @Test
  func `lets each call fail in turn, and none is lost`() throws {
    let start = try CrashImage.empty.make()
    let calls = FailingCalls(
      start: start, operations: [.write(0, 1, version: 1), .flush],
      trial: Trial(creating: CrashImage.empty.plan))
    var flaws: [CrashFlaw] = []
    let failed = calls.run { _, flaw in flaws.append(flaw) }
    #expect(flaws.isEmpty)
    #expect(failed.sum > 20)
    #expect(failed[.read] > 0 && failed[.write] > 0 && failed[.flush] > 0)
  }
}
