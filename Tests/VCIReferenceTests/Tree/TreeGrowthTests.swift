import Testing
import VCIFormat
@testable import VCIReference

extension TreeDriver {
  /// What the tree looks like.
  var sketch: String { tree.shape.description }

  /// Writes extents of `count` blocks from each of `offsets` on, no two of them neighbours in the
  /// file.
  mutating func write(_ offsets: some Sequence<UInt64>, count: UInt64 = 1) {
    for offset in offsets { write(offset, offset + count, at: 1 << 50 + 2 * offset) }
  }

  /// The extent that holds `block`, or else the first one behind it.
  func first(from block: UInt64) -> ExtentSlot? { tree.firstExtent(from: BlockOffset(block)) }

  /// How many slots the root's children use.
  var childCounts: [Int] {
    let root = tree[tree.root]
    return (0..<Int(root.count)).map { Int(tree[tree.entry(root, $0).child].count) }
  }
}

struct `A leaf that is full` {
  /// The disk blocks 0, 2, 4 and so on, `count` of them.
  private func even(_ count: Int, step: UInt64 = 2) -> [UInt64] {
    (0..<UInt64(count)).map { $0 * step }
  }

  @Test
  func `is still one leaf`() {
    var driver = TreeDriver(.format)
    driver.write(even(107))
    #expect(driver.tree.levels == 1)
    #expect(driver.tree.nodeCount == 1)
    #expect(driver.tree.extentCount == 107)
    #expect(driver.tree.splits == 0)
  }

  @Test
  func `stays full where extents come in ascending order`() {
    var driver = TreeDriver(.format)
    driver.write(even(108))
    #expect(driver.tree.levels == 2)
    #expect(driver.tree.nodeCount == 3)
    #expect(driver.childCounts == [107, 1])
    #expect(driver.tree.splits == 1)
    driver.write((108..<215).map { $0 * 2 })
    #expect(driver.childCounts == [107, 107, 1])
    #expect(driver.tree.splits == 2)
    #expect(driver.tree.merges == 0)
  }

  @Test
  func `is split in the middle where an extent comes in between`() {
    var driver = TreeDriver(.format)
    driver.write(even(107))
    driver.write([101])
    #expect(driver.childCounts == [54, 54])
  }

  @Test
  func `is split in the middle where an extent gets a hole`() {
    var driver = TreeDriver(.format)
    driver.write(even(107, step: 4), count: 3)
    driver.remove(425, 426)
    #expect(driver.childCounts == [54, 54])
    #expect(driver.tally.holes == 1)
  }

  @Test
  func `is split in the middle where one extent becomes three`() {
    var driver = TreeDriver(.format)
    driver.write(even(107, step: 4), count: 3)
    driver.write([425])
    #expect(driver.childCounts == [54, 55])
    #expect(driver.tree.extentCount == 109)
  }

  @Test
  func `of many is split alone`() {
    var driver = TreeDriver(TreeLimits(extentsPerLeaf: 4, entriesPerNode: 3))
    driver.write([0, 10, 20, 30, 40, 50, 60, 70])
    #expect(driver.sketch == "{0+31 [0+1 10+1 20+1 30+1] 40+31 [40+1 50+1 60+1 70+1]}")
    driver.write([5])
    #expect(
      driver.sketch
        == "{0+6 [0+1 5+1] 10+21 [10+1 20+1 30+1] 40+31 [40+1 50+1 60+1 70+1]}")
    driver.write([45])
    #expect(
      driver.sketch
        == "{0+46 {0+6 [0+1 5+1] 10+21 [10+1 20+1 30+1] 40+6 [40+1 45+1]} "
        + "50+21 {50+21 [50+1 60+1 70+1]}}"
    )
    #expect(driver.tree.levels == 3)
    #expect(driver.tree.nodeCount == 7)
  }

  @Test
  func `of two extents is split where its parents are full too`() {
    var driver = TreeDriver(TreeLimits(extentsPerLeaf: 2, entriesPerNode: 2))
    driver.write([0, 10, 20, 30])
    #expect(driver.sketch == "{0+11 [0+1 10+1] 20+11 [20+1 30+1]}")
    driver.write([40])
    #expect(
      driver.sketch
        == "{0+31 {0+11 [0+1 10+1] 20+11 [20+1 30+1]} 40+1 {40+1 [40+1]}}")
  }
}

struct `What an entry can cover` {
  private let windows = (0..<204).map { UInt64($0) << 32 }

  @Test
  func `does not limit a root that is a leaf`() {
    var driver = TreeDriver(.format)
    driver.write([0, 1 << 32, 1 << 40, 1 << 54 - 1])
    #expect(driver.tree.levels == 1)
    #expect(driver.sketch == "[0+1 4294967296+1 1099511627776+1 18014398509481983+1]")
  }

  @Test
  func `gives each of 108 extents a leaf of its own where no two are near`() {
    var driver = TreeDriver(.format)
    driver.write(windows.prefix(107))
    #expect(driver.tree.nodeCount == 1)
    driver.flush()
    let last = windows[107]
    let placement = driver.tree.placement(from: BlockOffset(last), to: BlockOffset(last + 1))
    let cost = driver.tree.cost(
      of: placement, ExtentTree.Change(blocks: Cover(start: last, end: last + 1), adds: true))
    #expect(cost == ExtentTree.Cost(copies: 1, additions: 108, levels: 2))
    #expect(cost?.nodes == 109)
    driver.write([last])
    #expect(driver.tree.nodeCount == 109)
    #expect(driver.tree.levels == 2)
    #expect(driver.childCounts == Array(repeating: 1, count: 108))
  }

  @Test
  func `lets a root have 204 windows, and drops what is in another`() {
    var driver = TreeDriver(.format)
    driver.write(windows)
    #expect(driver.tree.nodeCount == 205)
    #expect(driver.tree.levels == 2)
    #expect(driver.write(204 << 32, 204 << 32 + 3, at: 5000) == 3)
    #expect(driver.write(1 << 54 - 2, 1 << 54, at: 6000) == 2)
    #expect(driver.tally.refused == 2)
    #expect(driver.tree.extentCount == 204)
    // What an entry reaches has its place still.
    #expect(driver.write(7 << 32 + 5, 7 << 32 + 8, at: 7000) == 0)
    #expect(driver.write(203 << 32 + 1 << 31, 203 << 32 + 1 << 31 + 1, at: 8000) == 0)
    #expect(driver.tree.nodeCount == 205)
    #expect(driver.tree.extentCount == 206)
  }

  @Test
  func `makes room in the root once a window is empty`() {
    var driver = TreeDriver(.format)
    driver.write(windows)
    driver.remove(3 << 32, 3 << 32 + 1)
    #expect(driver.tree.nodeCount == 204)
    #expect(driver.write(204 << 32, 204 << 32 + 3, at: 5000) == 0)
    #expect(driver.tree.nodeCount == 205)
  }

  @Test
  func `is 2^32 - 1 blocks, and not one more`() {
    let span: UInt64 = 1 << 32 - 1
    let near = Array(0..<106) + [span - 1]
    var driver = TreeDriver(.format)
    driver.write(near + [200])
    #expect(driver.tree.levels == 2)
    driver.write(near.map { $0 + 1 << 40 } + [1 << 40 + span])
    #expect(driver.tree.extentCount == 216)
    let covers = driver.tree.shape
    guard case .node(let branches) = covers else { return }
    #expect(branches.allSatisfy { $0.cover.count <= span })
    #expect(branches.contains { $0.cover.end == span })
  }

  @Test
  func `parts a write that is longer`() {
    var driver = TreeDriver(.format)
    driver.write(10, 1 << 32 + 15, at: 5000)
    #expect(driver.sketch == "[10+4294967295 4294967305+6]")
    driver.remove(100, 101)
    #expect(driver.sketch == "[10+90 101+4294967204 4294967305+6]")
  }

  @Test
  func `gives what no leaf reaches a new branch`() {
    let limits = TreeLimits(extentsPerLeaf: 2, entriesPerNode: 3, span: 100)
    var driver = TreeDriver(limits)
    driver.write([0, 20, 40, 60])
    #expect(driver.sketch == "{0+21 [0+1 20+1] 40+21 [40+1 60+1]}")
    driver.write([80, 99, 10, 50])
    #expect(driver.tree.levels == 3)
    let before = driver.sketch.dropLast()
    driver.flush()
    let placement = driver.tree.placement(from: 500, to: 510)
    #expect(placement.branches)
    let cost = driver.tree.cost(
      of: placement, ExtentTree.Change(blocks: Cover(start: 500, end: 510), adds: true))
    #expect(cost == ExtentTree.Cost(copies: 1, additions: 2, levels: 3))
    driver.write([500], count: 10)
    #expect(driver.sketch == before + " 500+10 {500+10 [500+10]}}")
  }

  @Test
  func `lets a leaf be widened to the left`() {
    let limits = TreeLimits(extentsPerLeaf: 2, entriesPerNode: 3, span: 100)
    var driver = TreeDriver(limits)
    driver.write([0, 500, 1000])
    #expect(driver.sketch == "{0+1 [0+1] 500+1 [500+1] 1000+1 [1000+1]}")
    driver.write([401])
    #expect(driver.sketch == "{0+1 [0+1] 401+100 [401+1 500+1] 1000+1 [1000+1]}")
    #expect(driver.write(400, 401, at: 70) == 1)
    #expect(driver.write(99, 100, at: 80) == 0)
    #expect(driver.sketch == "{0+100 [0+1 99+1] 401+100 [401+1 500+1] 1000+1 [1000+1]}")
  }

  @Test
  func `cuts a write at the last block that the leaf can have`() {
    let limits = TreeLimits(extentsPerLeaf: 2, entriesPerNode: 3, span: 100)
    var driver = TreeDriver(limits)
    driver.write([0, 500, 1000])
    #expect(driver.write(90, 120, at: 5000) == 20)
    #expect(driver.sketch == "{0+100 [0+1 90+10] 500+1 [500+1] 1000+1 [1000+1]}")
    #expect(driver.write(480, 520, at: 6000) == 0)
    #expect(driver.sketch == "{0+100 [0+1 90+10] 480+40 [480+40] 1000+1 [1000+1]}")
  }
}
