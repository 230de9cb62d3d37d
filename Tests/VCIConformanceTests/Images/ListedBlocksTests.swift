import SystemPackage
import Testing

@testable import VCIConformance

struct `A list of extents` {
  private let right = ListedBlocks([(100, 8), (108, 4), (1000, 1)])

  private func isRight(_ pairs: [(UInt64, UInt64)], isWhole: Bool = true) -> Bool {
    let listed = pairs.map { PortAnswer.BlockPair(block: $0, count: $1) }
    return right.flaw(of: listed, isWhole: isWhole) == nil
  }

  @Test(
    arguments: [
      [(100, 8), (108, 4), (1000, 1)], [(100, 12), (1000, 1)],
      [(100, 1), (101, 11), (1000, 1)],
    ] as [[(UInt64, UInt64)]])
  func `may be divided in any way`(pairs: [(UInt64, UInt64)]) {
    #expect(isRight(pairs))
  }

  @Test(
    arguments: [
      [], [(100, 12)], [(100, 8), (1000, 1)], [(101, 11), (1000, 1)], [(100, 11), (1000, 1)],
    ] as [[(UInt64, UInt64)]])
  func `must be whole, unless the image is damaged`(pairs: [(UInt64, UInt64)]) {
    #expect(!isRight(pairs))
    #expect(isRight(pairs, isWhole: false))
  }

  @Test(
    arguments: [
      [(100, 13), (1000, 1)], [(99, 13), (1000, 1)], [(100, 12), (500, 1), (1000, 1)],
      [(100, 12), (1000, 1), (1001, 1)], [(108, 4), (100, 8), (1000, 1)],
      [(100, 8), (107, 5), (1000, 1)], [(100, 8), (100, 8)], [(100, 12), (1000, 0)],
      [(100, 12), (1000, .max)],
    ] as [[(UInt64, UInt64)]])
  func `has no other blocks, and ascends`(pairs: [(UInt64, UInt64)]) {
    #expect(!isRight(pairs))
    #expect(!isRight(pairs, isWhole: false))
  }
}
