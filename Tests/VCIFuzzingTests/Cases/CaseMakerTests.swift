@testable import VCIFuzzing
import Testing
import VCIFormat
import VCIGenerators

struct `A block of cases` {
  /// Returns the first case of the first block of a seed whose image is large.
  private func firstLarge() throws -> UInt64 {
    var maker = CaseMaker(seed: 9, target: .check, corpus: [])
    for block in 0..<4000 as Range<UInt64> {
      if maker.make(block * CaseMaker.blockSize).plan?.isLarge ?? false {
        return block * CaseMaker.blockSize
      }
    }
    try #require(Bool(false), "no large image")
    return 0
  }

  @Test
  func `has its large image once, whatever case is made first`() throws {
    let first = try firstLarge()
    var maker = CaseMaker(seed: 9, target: .check, corpus: [])
    let cases = (first..<first + 8).map { maker.make($0) }
    #expect(cases.map { $0.plan?.isLarge } == [true] + [Bool?](repeating: false, count: 7))
    #expect(Set(cases.dropFirst().map(\.plan)).count == 1)
    for (index, before) in zip(first..<first + 8, cases).reversed() {
      let alone = maker.make(index)
      #expect(alone.plan == before.plan, "case \(index)")
      #expect(alone.image.bytes == before.image.bytes, "case \(index)")
    }
  }

  @Test
  func `has one image of any other size`() {
    var maker = CaseMaker(seed: 10, target: .check, corpus: [])
    let plans = (0..<400 as Range<UInt64>).map { maker.make($0).plan }
    for block in 0..<50 { #expect(Set(plans[block * 8..<block * 8 + 8]).count == 1) }
    #expect(Set(plans).count > 45)
  }
}

struct `Cases of trees of sixteen levels` {
  @Test
  func `often have one level more`() {
    var maker = CaseMaker(seed: 11, target: .check, corpus: [])
    var (all, deeper) = (0, 0)
    for block in 0..<1000 as Range<UInt64> {
      guard maker.make(block * CaseMaker.blockSize).plan?.depth == 16 else { continue }
      for index in block * CaseMaker.blockSize..<(block + 1) * CaseMaker.blockSize {
        let findings = maker.make(index).forecast?.findings ?? []
        all += 1
        if findings.contains(where: { $0.rule == .treeDepth }) { deeper += 1 }
      }
    }
    #expect(all >= 150)
    #expect(deeper * 10 >= all, "\(deeper) of \(all)")
  }
}
