import Testing
import VCIFormat
@testable import VCIReference

struct `A pool of slots` {
  private let pool = SlotPool<UInt64>(limit: 109)

  private func insert(_ value: UInt64, at index: Int, _ run: inout SlotRun, _ held: Int) {
    pool.replace(index..<index, of: &run, holding: held, with: [value])
  }

  @Test
  func `keeps what a run holds while it grows to its limit`() {
    var run = pool.makeRun()
    for value in 0..<109 { insert(UInt64(value), at: value, &run, value) }
    #expect(pool.slots(of: run, count: 109) == Array(0..<109))
    #expect(pool[run, 0] == 0)
    #expect(pool[run, 108] == 108)
  }

  @Test
  func `puts slots in front of others`() {
    var run = pool.makeRun()
    for value in 0..<50 { insert(UInt64(value), at: 0, &run, value) }
    #expect(pool.slots(of: run, count: 50) == (0..<50).reversed())
  }

  @Test
  func `replaces some by fewer, as many, or more`() {
    var run = pool.makeRun()
    pool.store(Array(0..<20), in: &run)
    pool.replace(5..<15, of: &run, holding: 20, with: [100, 101])
    #expect(pool.slots(of: run, count: 12) == [0, 1, 2, 3, 4, 100, 101, 15, 16, 17, 18, 19])
    pool.replace(0..<2, of: &run, holding: 12, with: [200, 201])
    #expect(pool.slots(of: run, count: 12) == [200, 201, 2, 3, 4, 100, 101, 15, 16, 17, 18, 19])
    pool.replace(11..<12, of: &run, holding: 12, with: [7, 8, 9])
    #expect(
      pool.slots(of: run, count: 14) == [200, 201, 2, 3, 4, 100, 101, 15, 16, 17, 18, 7, 8, 9])
    pool.replace(1..<13, of: &run, holding: 14, with: [])
    #expect(pool.slots(of: run, count: 2) == [200, 9])
    pool.replace(0..<2, of: &run, holding: 2, with: [])
    #expect(pool.slots(of: run, count: 0) == [])
    insert(5, at: 0, &run, 0)
    #expect(pool.slots(of: run, count: 1) == [5])
  }

  @Test
  func `keeps runs apart, however they grow and shrink`() {
    var runs = (0..<60).map { _ in pool.makeRun() }
    var model = Array(repeating: [UInt64](), count: 60)
    var dice = Dice(7)
    for step in 0..<6000 as Range<UInt64> {
      let which = Int(dice.below(60))
      let held = model[which].count
      // Sixty runs of up to 109 slots, some of which nearly fill and some of which empty.
      let grows = held < 3 || held < 107 && dice.below(60) > UInt64(which) / 2
      let count = grows ? Int(dice.below(3)) + 1 : Int(dice.below(2))
      let first = Int(dice.below(UInt64(held + 1)))
      let last = grows ? first : min(first + 1 + Int(dice.below(8)), held)
      guard held - (last - first) + count <= 109 else { continue }
      let slots = [step, step + 10_000, step + 20_000].prefix(count)
      pool.replace(first..<last, of: &runs[which], holding: held, with: slots)
      model[which].replaceSubrange(first..<last, with: slots)
      if step % 100 == 0 {
        pool.release(runs[which])
        runs[which] = pool.makeRun()
        model[which] = []
      }
    }
    for (run, values) in zip(runs, model) {
      #expect(pool.slots(of: run, count: values.count) == values)
    }
    #expect(model.contains { $0.count > 90 })
    #expect(model.contains { $0.count < 20 })
  }

  @Test
  func `may be of runs as long as a page`() {
    let pages = SlotPool<UInt8>(limit: 1024)
    var first = pages.makeRun(for: 1024)
    var second = pages.makeRun(for: 1024)
    pages.store(Array(repeating: 1, count: 1024), in: &first)
    pages.store(Array(repeating: 2, count: 1024), in: &second)
    #expect(pages.slots(of: first, count: 1024).allSatisfy { $0 == 1 })
    #expect(pages.slots(of: second, count: 1024).allSatisfy { $0 == 2 })
  }

  @Test
  func `has no slot behind a run's end`() async {
    await #expect(processExitsWith: .failure) {
      let pool = SlotPool<UInt64>(limit: 4)
      let run = pool.makeRun()
      _ = pool[run, 1]
    }
    await #expect(processExitsWith: .failure) { _ = SlotPool<UInt64>(limit: 4).makeRun(for: 5) }
  }
}

struct `The order of use` {
  private var list = LRUList()

  private var forwards: [UInt64] { offsets(from: list.mostRecent, list.next) }
  private var backwards: [UInt64] { offsets(from: list.leastRecent, list.previous) }

  private func offsets(
    from first: LRUList.ID?, _ next: (LRUList.ID) -> LRUList.ID?
  ) -> [UInt64] {
    var offsets: [UInt64] = []
    var id = first
    while let known = id {
      offsets.append(list.offset(of: known).rawValue)
      id = next(known)
    }
    return offsets
  }

  @Test
  mutating func `is empty at first`() {
    #expect(list.count == 0)
    #expect(list.mostRecent == nil)
    #expect(list.leastRecent == nil)
    list.checkInvariants()
  }

  @Test
  mutating func `begins with what came last`() {
    for offset in [10, 20, 30] as [BlockOffset] { _ = list.add(offset) }
    #expect(forwards == [30, 20, 10])
    #expect(backwards == [10, 20, 30])
    _ = list.addLast(5)
    #expect(forwards == [30, 20, 10, 5])
    #expect(list.count == 4)
  }

  @Test
  mutating func `begins with what is used`() {
    let ids = ([10, 20, 30] as [BlockOffset]).map { list.add($0) }
    list.use(ids[0])
    #expect(forwards == [10, 30, 20])
    list.use(ids[2])
    #expect(forwards == [30, 10, 20])
    list.use(ids[2])
    #expect(forwards == [30, 10, 20])
    #expect(backwards == [20, 10, 30])
  }

  @Test
  mutating func `has the order that it is given as a whole`() {
    list.order(by: [])
    #expect(list.mostRecent == nil)
    let ids = ([10, 20, 30] as [BlockOffset]).map { list.addLast($0) }
    list.order(by: [ids[2], ids[0], ids[1]])
    list.checkInvariants()
    #expect(forwards == [30, 10, 20])
    #expect(backwards == [20, 10, 30])
    list.use(ids[1])
    _ = list.add(40)
    #expect(forwards == [40, 20, 30, 10])
  }

  @Test
  func `is given no order of fewer extents`() async {
    await #expect(processExitsWith: .failure) {
      var list = LRUList()
      for offset in [10, 20] as [BlockOffset] { _ = list.addLast(offset) }
      list.order(by: [1])
    }
  }

  @Test
  mutating func `has what was parted from an extent right behind it`() {
    let ids = ([10, 20, 30] as [BlockOffset]).map { list.add($0) }
    _ = list.add(25, after: ids[1])
    #expect(forwards == [30, 20, 25, 10])
    _ = list.add(15, after: ids[0])
    #expect(forwards == [30, 20, 25, 10, 15])
    #expect(backwards == [15, 10, 25, 20, 30])
  }

  @Test
  mutating func `gives the number of what was removed to the next`() {
    let ids = ([10, 20, 30] as [BlockOffset]).map { list.add($0) }
    #expect(ids == [0, 1, 2])
    list.remove(1)
    #expect(forwards == [30, 10])
    list.remove(2)
    #expect(forwards == [10])
    #expect(list.add(40) == 2)
    #expect(list.add(50) == 1)
    #expect(list.add(60) == 3)
    #expect(forwards == [60, 50, 40, 10])
    for id in [0, 1, 2, 3] as [LRUList.ID] { list.remove(id) }
    #expect(list.count == 0)
    #expect(list.mostRecent == nil)
    #expect(list.leastRecent == nil)
  }

  @Test
  mutating func `knows where an extent begins`() {
    let id = list.add(10)
    list.move(id, to: 17)
    #expect(list.offset(of: id) == 17)
    #expect(forwards == [17])
  }

  @Test
  mutating func `agrees with an array`() {
    var model: [(id: LRUList.ID, offset: UInt64)] = []
    var dice = Dice(3)
    for step in 0..<5000 as Range<UInt64> {
      let index = model.isEmpty ? 0 : Int(dice.below(UInt64(model.count)))
      switch dice.below(6) {
      case 0, 1: model.insert((list.add(BlockOffset(step)), step), at: 0)
      case _ where model.isEmpty: continue
      case 2:
        list.use(model[index].id)
        model.insert(model.remove(at: index), at: 0)
      case 3:
        model.append((list.addLast(BlockOffset(step)), step))
      case 4:
        let id = list.add(BlockOffset(step), after: model[index].id)
        model.insert((id, step), at: index + 1)
      default:
        for _ in 0..<2 where !model.isEmpty { list.remove(model.removeFirst().id) }
      }
      if step % 50 == 0 {
        list.checkInvariants()
        #expect(forwards == model.map(\.offset))
      }
    }
    #expect(list.count == model.count)
  }
}
