import Testing
import VCIChecker
import WriterParts

struct `The images that are measured` {
  @Test(arguments: Design.allCases)
  func `hold what was written, and are clean when they are closed`(_ design: Design) throws {
    let storage = try emptyImage(blocks: 8192)
    for round in 0..<3 {
      let image = try design.open(storage)
      let written = Trial.randomWrites(to: image, extents: 700)
      let behind = Trial.sequentialWrites(to: image, extents: 700)
      try behind.forth(200)
      try written.forth(600)
      try written.back?(500)
      try behind.back?(round == 2 ? 0 : 200)
      let held = try (0..<700).count { try image.holds(UInt64($0) * 4 + 2) }
      #expect(held == 100)
      try written.back?(round == 2 ? 0 : 100)
      try image.close()
      #expect(try Checker().check(storage).findings.isEmpty)
    }
    let image = try design.open(storage)
    #expect(try (2802..<3002).allSatisfy { try image.holds($0) })
    #expect(try !image.holds(3002))
  }
}
