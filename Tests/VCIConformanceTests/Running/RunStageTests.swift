import Testing

@testable import VCIConformance

struct `What a run is at work on` {
  @Test
  func `is told in words, with the tests that are waited for`() {
    #expect("\(RunStage.preflight)" == "pre-flight")
    #expect(
      "\(RunStage.tests(done: 3, of: 70, failed: 1, atWork: ["edited/1-0 to 63", "ext-003-end"]))"
        == "3 of 70 tests, 1 failed; at work: edited/1-0 to 63, ext-003-end")
    #expect(
      "\(RunStage.tests(done: 70, of: 70, failed: 0, atWork: []))" == "70 of 70 tests, 0 failed")
    #expect("\(RunStage.kit(2, of: 5))" == "kit 2 of 5")
  }
}
