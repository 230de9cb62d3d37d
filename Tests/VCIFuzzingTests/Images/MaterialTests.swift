import SystemPackage
import Testing
import VCIFuzzing

struct `Any image` {
  @Test(.timeLimit(.minutes(30)))
  func `is material: it can be taken apart, broken, edited and made smaller`() throws {
    let outcome = try HostileRun(seed: 16).runMaterial(100, corpus: package.appending("Corpus"))
    #expect(outcome.images == 100)
    #expect(outcome.differing == 0)
    #expect(outcome.planned > 62)
    #expect(outcome.shrunk > 50)
  }
}
