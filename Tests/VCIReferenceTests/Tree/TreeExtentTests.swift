import Testing
import VCIFormat
@testable import VCIReference

struct `An extent of a tree` {
  private var driver = TreeDriver(.format)

  private var ids: [UInt64: LRUList.ID] {
    let tree = driver.tree
    let leaf = tree[tree.root]
    return Dictionary(
      uniqueKeysWithValues: (0..<Int(leaf.count)).map {
        (tree.extent(leaf, $0).offset, tree.extent(leaf, $0).id)
      })
  }

  @Test
  mutating func `keeps its number where its end goes`() {
    driver.write([0, 100], count: 10)
    let before = ids
    driver.remove(5, 50)
    #expect(driver.sketch == "[0+5 100+10]")
    #expect(ids == before)
    #expect(driver.tree.order == [100, 0])
  }

  @Test
  mutating func `keeps its number where its start goes`() {
    driver.write([0, 100], count: 10)
    let before = ids
    driver.remove(0, 7)
    #expect(driver.sketch == "[7+3 100+10]")
    #expect(ids == [7: before[0], 100: before[100]])
    #expect(driver.tree.order == [100, 7])
    #expect(driver.tree.firstExtent(from: 7)?.address == 1 << 50 + 7)
  }

  @Test
  mutating func `keeps its number left of a hole, and its use on both sides`() {
    driver.write([0, 100, 200], count: 10)
    let before = ids
    driver.remove(103, 105)
    #expect(driver.sketch == "[0+10 100+3 105+5 200+10]")
    #expect(ids[100] == before[100])
    #expect(ids[105] == 3)
    #expect(driver.tree.order == [200, 100, 105, 0])
  }

  @Test
  mutating func `is used now where it was written`() {
    driver.write([0, 100, 200], count: 10)
    driver.write([103], count: 2)
    #expect(driver.sketch == "[0+10 100+3 103+2 105+5 200+10]")
    #expect(driver.tree.order == [103, 200, 100, 105, 0])
    driver.write(0, 10, at: 7000)
    #expect(driver.tree.order == [0, 103, 200, 100, 105])
    driver.write(90, 150, at: 77)
    #expect(driver.sketch == "[0+10 90+60 200+10]")
    #expect(driver.tree.order == [90, 0, 200])
  }

  @Test
  mutating func `is used now where something was merged into it`() {
    driver.write(0, 10, at: 1000)
    driver.write(20, 30, at: 1020)
    driver.write(50, 60, at: 2000)
    driver.write(10, 15, at: 1010)
    #expect(driver.sketch == "[0+15 20+10 50+10]")
    #expect(driver.tree.order == [0, 50, 20])
    driver.write(15, 20, at: 1015)
    #expect(driver.sketch == "[0+30 50+10]")
    #expect(driver.tree.order == [0, 50])
    driver.write(45, 50, at: 1995)
    #expect(driver.sketch == "[0+30 45+15]")
    #expect(driver.tree.order == [45, 0])
    #expect(driver.tree.firstExtent(from: 59)?.address == 1995)
  }

  @Test
  mutating func `is merged with the rest of what it replaces the end of`() {
    driver.write(0, 10, at: 1000)
    driver.remove(6, 10)
    driver.write(6, 8, at: 1006)
    #expect(driver.sketch == "[0+8]")
    driver.write(4, 8, at: 2000)
    #expect(driver.sketch == "[0+4 4+4]")
  }

  @Test
  mutating func `is not merged with a neighbour in the disk or in the file alone`() {
    driver.write(0, 10, at: 1000)
    driver.write(10, 20, at: 1011)
    driver.write(30, 40, at: 1021)
    #expect(driver.sketch == "[0+10 10+10 30+10]")
  }

  @Test
  mutating func `is merged up to 2048 blocks, and not one more`() {
    driver.write(0, 2047, at: 1000)
    driver.write(2047, 2048, at: 3047)
    #expect(driver.sketch == "[0+2048]")
    driver.write(2048, 2049, at: 3048)
    #expect(driver.sketch == "[0+2048 2048+1]")
    driver.write(10_000, 11_000, at: 20_000)
    driver.write(12_000, 13_000, at: 22_000)
    driver.write(11_000, 12_000, at: 21_000)
    #expect(driver.sketch == "[0+2048 2048+1 10000+2000 12000+1000]")
    #expect(driver.tree.order == [10_000, 12_000, 2048, 0])
  }

  @Test
  mutating func `that is longer than 2048 blocks stays whole`() {
    driver.write(0, 5000, at: 1000)
    #expect(driver.sketch == "[0+5000]")
    driver.write(5000, 5001, at: 6000)
    #expect(driver.sketch == "[0+5000 5000+1]")
    driver.remove(4999, 5000)
    #expect(driver.sketch == "[0+4999 5000+1]")
    driver.remove(1000, 1001)
    #expect(driver.sketch == "[0+1000 1001+3998 5000+1]")
  }

  @Test
  mutating func `keeps its reserved byte in all its parts, and is not merged`() {
    driver.write(0, 10, at: 1000, reserved: 255)
    driver.remove(4, 6)
    driver.write(10, 12, at: 1010)
    driver.write(4, 6, at: 1004)
    #expect(driver.sketch == "[0+4 4+2 6+4 10+2]")
    #expect(driver.tree.everyExtent.map(\.reserved) == [255, 0, 255, 0])
    #expect(driver.tree.everyExtent.map(\.address) == [1000, 1004, 1006, 1010])
  }

  @Test
  mutating func `may be the disk's last block`() {
    driver.write(1 << 54 - 5, 1 << 54, at: 1000)
    driver.remove(1 << 54 - 3, 1 << 54 - 1)
    #expect(driver.sketch == "[18014398509481979+2 18014398509481983+1]")
    #expect(driver.first(from: 1 << 54 - 1)?.address == 1004)
    #expect(driver.first(from: 1 << 54) == nil)
    driver.remove(0, 1 << 54)
    #expect(driver.sketch == "[]")
  }
}
