@testable import VCIFuzzing
import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

struct `A sketch` {
  @Test
  func `describes every drawn plan`() {
    for index in 0..<500 as Range<UInt64> {
      var choices = Choices(
        RandomSource(seed: 44, index: index, stream: RandomStream(rawValue: 44)))
      let plan = ImagePlan.drawn(from: &choices)
      #expect(PlanSketch(plan)?.plan == plan, "plan \(index)")
    }
  }

  @Test
  func `keeps a clear map, and has no plan if its bits would be too many`() throws {
    let plan = ImagePlan(
      blocks: 0x100_0000_0000, isDirty: true, mapAddress: 2,
      nodes: [NodePlan(address: 0x1000_0003, .leaf([]))], size: 0x1000_000b * 512,
      isMapClear: true)
    var sketch = try #require(PlanSketch(plan))
    #expect(sketch.plan == plan)
    sketch.isMapClear = false
    #expect(sketch.plan == nil)
  }
}
