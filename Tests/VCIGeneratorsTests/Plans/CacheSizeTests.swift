import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

/// How many of 10,000 plans have each size.
private let sizes: (all: [BlockCount: Int], fixed: [BlockCount: Int]) = {
  var (all, fixed): ([BlockCount: Int], [BlockCount: Int]) = ([:], [:])
  for index in 0..<10_000 as Range<UInt64> {
    var choices = Choices(RandomSource(seed: 45, index: index, stream: RandomStream(rawValue: 45)))
    let plan = ImagePlan.drawn(from: &choices)
    all[plan.blocks, default: 0] += 1
    if plan.type == .fixed { fixed[plan.blocks, default: 0] += 1 }
  }
  return (all, fixed)
}()

struct `A drawn cache` {
  @Test
  func `is often the largest that is legal, or one block less`() {
    #expect(sizes.all[0xfff_ffff_e000, default: 0] >= 70)
    #expect(sizes.all[0xfff_ffff_dfff, default: 0] >= 10)
    #expect(sizes.all.keys.allSatisfy { $0 <= 0xfff_ffff_e000 })
  }

  @Test(
    arguments: [
      0x8000_0000, 0x1_0000_0000, 0x8_0000_0000, 0x100_0000_0000, 0x400_0000_0000, 0x800_0000_0000,
    ] as [UInt64])
  func `has a number of blocks at which a width ends, one less, or one more`(_ border: UInt64) {
    for blocks in [border - 1, border, border + 1] {
      #expect(sizes.all[BlockCount(blocks), default: 0] >= 2, "\(blocks)")
    }
  }

  @Test
  func `of such a size is fixed, too`() {
    for blocks in [0x8000_0000, 0x1_0000_0000] as [BlockCount] {
      #expect(sizes.fixed[blocks, default: 0] >= 2, "\(blocks)")
    }
    #expect(sizes.fixed[0xfff_ffff_e000, default: 0] >= 2)
  }
}
