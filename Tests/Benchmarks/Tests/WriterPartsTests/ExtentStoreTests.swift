import Testing
import WriterParts

struct `The stores of extents that are measured` {
  @Test
  func `find each block of an extent, and none between two`() {
    for store in stores([
      PlainExtent(offset: 4, address: 100, count: 3), PlainExtent(offset: 9, address: 50, count: 1),
    ]) {
      #expect((3...10).map(store.find) == [nil, 100, 101, 102, nil, nil, 50, nil])
    }
  }

  @Test
  func `agree on every step of ten thousand`() {
    let all = stores([])
    var random = SplitMix(seed: 6)
    var held: [UInt64: UInt64] = [:]
    for step in 0..<10_000 {
      let block = UInt64.random(in: 0..<4000, using: &random) * 2
      if held[block] == nil {
        let address = UInt64(step) * 2 + 16
        for store in all { store.insert(PlainExtent(offset: block, address: address, count: 1)) }
        held[block] = address
      } else if Bool.random(using: &random) {
        for store in all { store.remove(block) }
        held[block] = nil
      }
      for store in all { #expect(store.find(block) == held[block]) }
    }
    let blocks = held.keys.sorted()
    #expect(blocks.count > 1000)
    for store in all {
      #expect(store.all.map(\.offset) == blocks)
      #expect(store.all.map(\.address) == blocks.map { held[$0] })
    }
  }

  @Test
  func `grow where data is followed by data, and shrink from the end`() {
    let extents = [PlainExtent(offset: 4, address: 100, count: 1)]
    for store in [ExtentArray(extents) as any PlainExtentStore, ExtentList(extents)] {
      #expect(!store.grow(to: 5, 102, stamp: 1))
      #expect(!store.grow(to: 6, 101, stamp: 1))
      #expect(store.grow(to: 5, 101, stamp: 7))
      #expect(store.all == [PlainExtent(offset: 4, address: 100, count: 2, stamp: 7)])
      #expect(store.removeLast(5) == 101)
      #expect(store.removeLast(4) == 100)
      #expect(store.all.isEmpty)
    }
  }

  private func stores(_ extents: [PlainExtent]) -> [any ExtentStore] {
    [ReferenceStore(extents), ExtentArray(extents), ExtentList(extents)]
  }
}
