import Testing
import VCIFormat
@testable import VCIReference

struct `A tree that somebody else wrote` {
  @Test
  func `may have empty leaves, which are passed`() {
    let shape = TreeShape.node(
      (0, 10, .leaf()), (10, 10, .leaf((12, 3, 1000))), (20, 10, .leaf()), (30, 10, .leaf()),
      (50, 10, .leaf((58, 1, 2000))), (60, 5, .leaf()))
    var driver = TreeDriver(ExtentTree(shape))
    #expect(driver.tree.firstExtent(from: 0)?.offset == 12)
    #expect(driver.tree.firstExtent(from: 15)?.offset == 58)
    #expect(driver.tree.firstExtent(from: 59) == nil)
    // Among empty leaves, and what is small goes together.
    driver.write(25, 26, at: 3000)
    #expect(driver.sketch == "{0+10 [] 10+10 [12+3] 25+1 [25+1] 50+10 [58+1] 60+5 []}")
    driver.write(62, 63, at: 4000)
    #expect(driver.sketch == "{0+10 [] 10+10 [12+3] 25+1 [25+1] 58+5 [58+1 62+1]}")
    driver.remove(0, 59)
    #expect(driver.sketch == "[62+1]")
  }

  @Test
  func `may have nothing but empty leaves`() {
    let shape = TreeShape.node(
      (0, 10, .node((0, 5, .leaf()), (5, 5, .leaf()))), (10, 10, .node((10, 10, .leaf()))))
    let limits = TreeLimits(extentsPerLeaf: 2, entriesPerNode: 2)
    var driver = TreeDriver(ExtentTree(shape, limits))
    #expect(driver.tree.firstExtent(from: 0) == nil)
    #expect(driver.tree.removal(from: 0, to: Format.diskEnd) == nil)
    driver.remove(0, 1 << 54)
    #expect(driver.tree.nodeCount == 6)
    driver.write(30, 40, at: 1000)
    #expect(driver.tree.everyExtent.map(\.offset) == [30])
    #expect(driver.tree.extentCount == 1)
  }

  @Test
  func `may have entries that are wider than what is below them`() {
    let shape = TreeShape.node(
      (0, 100, .node((10, 50, .leaf((20, 2, 1000), (30, 2, 1100))))),
      (100, 1 << 32 - 1, .node((200, 1000, .leaf((1100, 1, 1200))))))
    var driver = TreeDriver(ExtentTree(shape))
    #expect(driver.tree.firstExtent(from: 32)?.offset == 1100)
    driver.remove(20, 21)
    #expect(
      driver.sketch
        == "{21+11 {21+11 [21+1 30+2]} 100+4294967295 {200+1000 [1100+1]}}")
    driver.write(5, 6, at: 2000)
    driver.write(99, 150, at: 2200)
    driver.write(1 << 32 + 90, 1 << 32 + 98, at: 2300)
    #expect(driver.tree.extentCount == 7)
    #expect(driver.tree.isTight)
  }

  @Test
  func `may be 16 levels deep for one extent`() {
    var shape = TreeShape.leaf((500, 3, 1000))
    for level in 1..<16 as Range<UInt64> {
      shape = .node((500 - level, 3 + level * 2, shape))
    }
    var driver = TreeDriver(ExtentTree(shape))
    #expect(driver.tree.levels == 16)
    #expect(driver.tree.firstExtent(from: 501)?.offset == 500)
    #expect(driver.tree.firstExtent(from: 503) == nil)
    let placement = driver.tree.placement(from: 600, to: 601)
    let cost = driver.tree.cost(
      of: placement, ExtentTree.Change(blocks: Cover(start: 600, end: 601), adds: true))
    #expect(cost == ExtentTree.Cost(copies: 16, additions: 0, levels: 16))
    driver.write(600, 601, at: 2000)
    #expect(driver.sketch == "[500+3 600+1]")
    #expect(driver.tree.nodeCount == 1)
    #expect(driver.tree.levels == 1)
  }

  @Test
  func `loses all its levels with its only extent`() {
    var shape = TreeShape.leaf((500, 3, 1000))
    for _ in 1..<16 { shape = .node((500, 3, shape)) }
    var driver = TreeDriver(ExtentTree(shape))
    driver.remove(500, 503)
    #expect(driver.sketch == "[]")
    #expect(driver.tree.levels == 1)
  }

  @Test
  func `of 16 levels whose nodes are full takes what needs no slot, and no more`() {
    let limits = TreeLimits(extentsPerLeaf: 2, entriesPerNode: 2)
    // Each node but the lowest has a chain beside the way that goes on.
    func chain(_ offset: UInt64, _ levels: Int) -> TreeShape {
      levels == 1
        ? .leaf((offset, 1, 5000 + offset * 2)) : .node((offset, 1, chain(offset, levels - 1)))
    }
    var shape = TreeShape.leaf((0, 3, 1000), (10, 3, 2000))
    for level in 1..<16 {
      let start = UInt64(level) * 20
      shape = .node((0, start, shape), (start, 1, chain(start, level)))
    }
    var driver = TreeDriver(ExtentTree(shape, limits))
    #expect(driver.tree.levels == 16)
    #expect(driver.write(5, 6, at: 9000) == 1)
    #expect(driver.write(0, 3, at: 9100) == 0)
    #expect(driver.write(300, 301, at: 9200) == 0)
    #expect(driver.tally.refused == 1)
    // No slot for the end of what gets a hole.
    driver.remove(11, 12)
    #expect(driver.tally.refused == 2)
    #expect(driver.tree.firstExtent(from: 11)?.offset == 20)
  }

  @Test
  func `may have extents as long as a count can be, up to the disk's last block`() {
    let long: UInt64 = 1 << 32 - 1
    let start: UInt64 = 1 << 54 - long
    let shape = TreeShape.node(
      (0, long, .leaf((0, long, 1 << 40))), (start, long, .leaf((start, long, 1 << 41))))
    var driver = TreeDriver(ExtentTree(shape))
    #expect(driver.first(from: long - 1)?.offset == 0)
    #expect(driver.first(from: long)?.offset == start)
    #expect(driver.first(from: 1 << 54 - 1)?.offset == start)
    driver.write(start + 5, start + 7, at: 7000)
    driver.write(1 << 54 - 1, 1 << 54, at: 8000)
    driver.write(long - 1, long + 1, at: 9000)
    driver.remove(1, long - 2)
    let last: UInt64 = 1 << 54 - 1
    let expected: [[UInt64]] = [
      [0, 1, 1 << 40], [long - 2, 1, 1 << 40 + long - 2], [long - 1, 1, 9000], [long, 1, 9001],
      [start, 5, 1 << 41], [start + 5, 2, 7000], [start + 7, long - 8, 1 << 41 + 7],
      [last, 1, 8000],
    ]
    let found = driver.tree.everyExtent.map { [$0.offset, $0.count, $0.address] }
    #expect(found == expected)
  }

  @Test
  func `may have extents that touch without being one`() {
    let shape = TreeShape.leaf((0, 5, 1000), (5, 5, 1005), (10, 5, 1010))
    var driver = TreeDriver(ExtentTree(shape))
    driver.remove(14, 15)
    #expect(driver.sketch == "[0+5 5+5 10+4]")
    driver.write(15, 16, at: 1015)
    #expect(driver.sketch == "[0+5 5+5 10+4 15+1]")
    driver.write(14, 15, at: 1014)
    #expect(driver.sketch == "[0+5 5+5 10+6]")
  }
}
