import Testing
import VCIFormat
@testable import VCIReference

/// Numbers that are the same in every run.
struct Dice {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 2 &+ 1 }

  /// A number below `bound`.
  mutating func below(_ bound: UInt64) -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 33) % bound
  }
}

/// A kind of tree, and the disk that it is of.
struct TreeKind {
  let limits: TreeLimits
  /// The first disk blocks of stretches of `stretch` blocks that are written to.
  let windows: [UInt64]
  let stretch: UInt64
  let steps: Int

  init(
    _ extents: Int, _ entries: Int, span: UInt64, levels: Int = 16, merged: UInt64 = 2048,
    windows: [UInt64] = [0], stretch: UInt64 = 240, steps: Int = 300
  ) {
    limits = TreeLimits(
      extentsPerLeaf: extents, entriesPerNode: entries, span: BlockCount(span), levels: levels,
      mergedBlocks: BlockCount(merged))
    self.windows = windows
    self.stretch = stretch
    self.steps = steps
  }

  static let all: [TreeKind] = [
    TreeKind(2, 2, span: 1 << 32 - 1),
    TreeKind(2, 2, span: 30),
    TreeKind(2, 3, span: 64, merged: 8),
    TreeKind(3, 2, span: 1000, levels: 3),
    TreeKind(3, 3, span: 1000, merged: 16),
    TreeKind(4, 3, span: 40),
    TreeKind(4, 2, span: 60, levels: 3, windows: [0, 1000, 2000, 3000, 4000, 5000], stretch: 50),
    TreeKind(8, 5, span: 100, merged: 6),
    TreeKind(8, 5, span: 300, windows: [0, 1 << 20, 1 << 40, 1 << 54 - 100], stretch: 100),
    TreeKind(
      107, 204, span: 1 << 32 - 1, windows: [0, 1 << 31, 1 << 33, 1 << 54 - 1000],
      stretch: 1000, steps: 500),
    TreeKind(107, 204, span: 500, merged: 5, stretch: 2000, steps: 500),
  ]
}

struct `A tree against a sorted array` {
  /// Changes a tree at random.
  private func drive(_ kind: TreeKind, seed: UInt64) -> TreeDriver {
    var driver = TreeDriver(kind.limits)
    var dice = Dice(seed)
    var address: UInt64 = 1000
    for step in 0..<kind.steps {
      let window = kind.windows[Int(dice.below(UInt64(kind.windows.count)))]
      let start = dice.below(kind.stretch)
      let longest: UInt64 = step % 40 == 39 ? kind.stretch : 12
      let end = min(start + 1 + dice.below(longest), kind.stretch)
      let blocks = Cover(start: window + start, end: window + end)
      switch dice.below(8) {
      case 0, 1: driver.remove(blocks.start, blocks.end)
      case 2:
        // Right behind what is cached, in disk and file.
        guard let before = driver.model.first(from: blocks.start),
          before.end < kind.stretch + window
        else { continue }
        let until = driver.model.first(from: before.end)?.offset ?? window + kind.stretch
        guard before.end < until else { continue }
        driver.write(
          before.end, min(before.end + 4, until), at: before.address + before.count)
      default:
        driver.write(
          blocks.start, blocks.end, at: address, reserved: dice.below(16) == 0 ? 7 : 0)
        // Gaps, so that what is written to follow has its own place.
        address += 100_000
      }
      if dice.below(5) == 0 { driver.flush() }
      let block = window + dice.below(kind.stretch)
      let found = driver.tree.firstExtent(from: BlockOffset(block))
      #expect(found?.offset == driver.model.first(from: block)?.offset)
    }
    #expect(driver.tree.isTight)
    return driver
  }

  @Test
  func `holds the same after every change, for what the change was said to cost`() {
    var sum = TreeDriver.Tally()
    for kind in TreeKind.all {
      for seed in [1, 2] as [UInt64] { sum.add(drive(kind, seed: seed).tally) }
    }
    print("trees changed at random: \(sum)")
    #expect(sum.inserts > 4000 && sum.removals > 1000)
    #expect(sum.holes > 100 && sum.merged > 100 && sum.branches > 5 && sum.refused > 500)
    #expect(sum.growths > 50 && sum.shrinks > 20 && sum.levels >= 8)
  }
}
