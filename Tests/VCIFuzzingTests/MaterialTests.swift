import SystemPackage
import Testing
import VCIFuzzing

struct `Any image` {
  @Test(.timeLimit(.minutes(5)))
  func `is material: it can be taken apart, broken, edited and made smaller`() throws {
    let outcome = try HostileRun(seed: 16).runMaterial(1500, corpus: package.appending("Corpus"))
    #expect(outcome.images == 1500)
    #expect(outcome.differing == 0)
    #expect(outcome.planned > 900)
    #expect(outcome.shrunk > 600)
  }
}
