import Testing
import VCIFormat
@testable import VCIReference

struct `A leaf that holds little` {
  // At most 8 extents; 2 or fewer are little, and 6 may come of a merge.
  private let limits = TreeLimits(extentsPerLeaf: 8, entriesPerNode: 5)

  private func twoLeaves(_ first: Int, _ second: Int, _ limits: TreeLimits) -> TreeDriver {
    let all = (0..<UInt64(first + second)).map {
      TreeModel.Extent(offset: $0 * 10, count: 1, address: 1000 + $0 * 2)
    }
    func branch(_ extents: ArraySlice<TreeModel.Extent>) -> TreeShape.Branch {
      TreeShape.Branch(
        cover: Cover(
          start: extents[extents.startIndex].offset, end: extents[extents.endIndex - 1].end),
        child: .leaf(Array(extents)))
    }
    return TreeDriver(
      ExtentTree(.node([branch(all.prefix(first)), branch(all.suffix(second))]), limits))
  }

  @Test
  func `takes what its right sibling holds`() {
    var driver = twoLeaves(3, 4, limits)
    driver.remove(10, 11)
    #expect(driver.sketch == "[0+1 20+1 30+1 40+1 50+1 60+1]")
    #expect(driver.tree.merges == 1)
    #expect(driver.tree.levels == 1)
  }

  @Test
  func `takes what its left sibling holds`() {
    var driver = twoLeaves(4, 3, limits)
    driver.remove(60, 61)
    #expect(driver.sketch == "[0+1 10+1 20+1 30+1 40+1 50+1]")
    #expect(driver.tree.merges == 1)
  }

  @Test
  func `stays where both would be near to full`() {
    var driver = twoLeaves(3, 5, limits)
    driver.remove(10, 11)
    #expect(driver.sketch == "{0+21 [0+1 20+1] 30+41 [30+1 40+1 50+1 60+1 70+1]}")
    #expect(driver.tree.merges == 0)
  }

  @Test
  func `stays while it holds more than a quarter`() {
    var driver = twoLeaves(4, 2, limits)
    driver.remove(10, 11)
    #expect(driver.sketch == "{0+31 [0+1 20+1 30+1] 40+11 [40+1 50+1]}")
  }

  @Test
  func `stays where an entry cannot cover both`() {
    var narrow = limits
    narrow.span = 60
    var driver = twoLeaves(3, 4, narrow)
    driver.remove(10, 11)
    #expect(driver.sketch == "{0+21 [0+1 20+1] 30+31 [30+1 40+1 50+1 60+1]}")
    narrow.span = 61
    driver = twoLeaves(3, 4, narrow)
    driver.remove(10, 11)
    #expect(driver.sketch == "[0+1 20+1 30+1 40+1 50+1 60+1]")
  }

  @Test
  func `goes once it is empty`() {
    var driver = twoLeaves(1, 8, limits)
    let oldRoot = driver.tree.rootAddress
    driver.remove(0, 5)
    #expect(driver.sketch == "[10+1 20+1 30+1 40+1 50+1 60+1 70+1 80+1]")
    #expect(driver.tree.nodeCount == 1)
    // The leaf that became the root stands where it stood.
    #expect(driver.tree.rootAddress == 20)
    #expect(driver.tree.rootAddress != oldRoot)
    #expect(!driver.tree[driver.tree.root].isFresh)
    driver.write([100])
    #expect(driver.tree.rootAddress != 20)
  }
}

struct `A tree that loses its extents` {
  @Test
  func `is an empty leaf in the end`() {
    var driver = TreeDriver(TreeLimits(extentsPerLeaf: 2, entriesPerNode: 2))
    driver.write((0..<16).map { $0 * 10 })
    #expect(driver.tree.levels == 4)
    driver.flush()
    driver.remove(0, 1 << 54)
    #expect(driver.sketch == "[]")
    #expect(driver.tree.levels == 1)
    #expect(driver.tree.nodeCount == 1)
    #expect(driver.tree.extentCount == 0)
    #expect(driver.tree.firstExtent(from: 0) == nil)
    #expect(driver.tree.removal(from: 0, to: Format.diskEnd) == nil)
    #expect(driver.tree.recency.mostRecent == nil)
    #expect(driver.tree.recency.leastRecent == nil)
    driver.write([5])
    #expect(driver.sketch == "[5+1]")
  }

  @Test
  func `loses those of one leaf with each step`() {
    var driver = TreeDriver(TreeLimits(extentsPerLeaf: 4, entriesPerNode: 4))
    driver.write((0..<12).map { $0 * 10 })
    #expect(driver.tree.nodeCount == 4)
    var ends: [UInt64] = []
    while let step = driver.tree.removal(from: BlockOffset(ends.last ?? 0), to: 1000),
      ends.count < 4
    {
      ends.append(step.end)
    }
    #expect(ends == [40, 80, 1000])
    driver.remove(0, 1000)
    #expect(driver.tally.removals == 3)
  }

  @Test
  func `has as many levels as it needs`() {
    var driver = TreeDriver(TreeLimits(extentsPerLeaf: 2, entriesPerNode: 2))
    driver.write([0, 10, 20, 30, 40])
    #expect(driver.tree.levels == 3)
    driver.remove(40, 41)
    #expect(driver.sketch == "{0+11 [0+1 10+1] 20+11 [20+1 30+1]}")
    driver.remove(0, 11)
    #expect(driver.sketch == "[20+1 30+1]")
  }
}
