import Testing
import WriterParts

struct `The trials that are measured` {
  @Test(arguments: Design.allCases)
  func `can be undone and done again`(_ design: Design) throws {
    for trial in [
      design.allocations(amongRuns: 200), design.releases(amongRuns: 200),
      design.insertions(amongExtents: 200),
    ] {
      #expect(trial.limit == 20)
      for _ in 0..<3 {
        try trial.forth(10)
        try trial.forth(10)
        try trial.back?(5)
        try trial.back?(15)
      }
    }
    try design.lookups(amongExtents: 200).forth(500)
  }
}
