@testable import VCICrashing
import Testing
import VCIFormat
import VCIFuzzing

struct `What may be cached after a crash` {
  private func model(_ runs: [(Range<UInt64>, UInt32)]) -> CacheModel {
    var model = CacheModel()
    for (range, version) in runs { model.put(.written(version), in: range) }
    return model
  }

  private typealias Block = AllowedContents.Block

  @Test
  func `is what was flushed, or what came later`() {
    let allowed = AllowedContents(
      of: [model([(4..<6, 1)]), model([(5..<7, 2), (4..<5, 1)])], lost: [])
    #expect(
      allowed.blocks == [
        Block(offset: 4, versions: [1], mayMiss: false),
        Block(offset: 5, versions: [1, 2], mayMiss: false),
        Block(offset: 6, versions: [2], mayMiss: true),
      ])
    #expect(allowed.ranges == [0..<3])
    #expect(allowed.index(of: 5) == 1 && allowed.index(of: 7) == nil)
  }

  @Test
  func `is missing if the writer told that it lost it`() {
    let cached = model([(0..<1, 1), (9..<10, 1)])
    let allowed = AllowedContents(of: [cached, cached], lost: [9..<12])
    #expect(
      allowed.blocks == [
        Block(offset: 0, versions: [1], mayMiss: false),
        Block(offset: 9, versions: [1], mayMiss: true),
      ])
    #expect(allowed.ranges == [0..<1, 1..<2])
  }
}
