/// Where a pool keeps the slots of one node.
struct SlotRun {
  /// The first slot: its page, and its place there.
  fileprivate var start: UInt32
  /// Which of the pool's sizes it has.
  fileprivate var size: UInt8
}

/// The slots of many nodes, each node's in one run that has room for few more than are used.
///
/// Runs come in a few sizes, each a quarter larger than the one before at most, and are cut from
/// pages of 1024 slots, so a slot costs its own bytes, no more than a quarter to spare, and no
/// allocation of its own.
@safe
final class SlotPool<Slot: BitwiseCopyable> {
  /// The sizes of runs, in slots.
  private let sizes: [Int]
  private var pages: [UnsafeMutablePointer<Slot>] = unsafe []
  /// The starts of runs of each size that were given back.
  private var free: [[UInt32]]
  /// What is left of the newest page of each size.
  private var fresh: [Range<UInt32>]

  /// Makes a pool for runs of up to `limit` slots.
  ///
  /// - Precondition: `limit` is from 1 to 1024.
  init(limit: Int) {
    precondition(limit > 0 && limit <= Self.pageSize, "runs of \(limit) slots")
    var sizes: [Int] = []
    var size = 1
    while size < limit {
      sizes.append(size)
      size = max(size + 1, size + size / 4)
    }
    self.sizes = sizes + [limit]
    free = Array(repeating: [], count: self.sizes.count)
    fresh = Array(repeating: 0..<0, count: self.sizes.count)
  }

  deinit {
    for index in unsafe pages.indices { unsafe pages[index].deallocate() }
  }

  private static var pageSize: Int { 1024 }

  /// An empty run.
  func makeRun(for count: Int = 1) -> SlotRun {
    let size = sizes.firstIndex { $0 >= count } ?? sizes.count
    precondition(size < sizes.count, "a run of \(count) slots of at most \(sizes.last ?? 0)")
    if let start = free[size].popLast() { return SlotRun(start: start, size: UInt8(size)) }
    if fresh[size].count < sizes[size] { addPage(of: size) }
    let start = fresh[size].lowerBound
    fresh[size] = start + UInt32(sizes[size])..<fresh[size].upperBound
    return SlotRun(start: start, size: UInt8(size))
  }

  /// Takes back a run.
  func release(_ run: SlotRun) { free[Int(run.size)].append(run.start) }

  /// The slot at `index` of a run.
  subscript(run: SlotRun, index: Int) -> Slot {
    get {
      precondition(index >= 0 && index < sizes[Int(run.size)], "slot \(index)")
      return unsafe base(of: run)[index]
    }
    set {
      precondition(index >= 0 && index < sizes[Int(run.size)], "slot \(index)")
      unsafe base(of: run)[index] = newValue
    }
  }

  /// The first `count` slots of a run.
  func slots(of run: SlotRun, count: Int) -> [Slot] {
    precondition(count <= sizes[Int(run.size)], "\(count) slots")
    return unsafe Array(UnsafeBufferPointer(start: base(of: run), count: count))
  }

  /// The index of the first of `count` slots for which `isReached` returns true, as it does for all after
  /// it; `count` if there is none.
  func firstSlot(of run: SlotRun, count: Int, where isReached: (Slot) -> Bool) -> Int {
    var lower = 0
    var upper = count
    while lower < upper {
      let middle = (lower + upper) / 2
      if isReached(self[run, middle]) { upper = middle } else { lower = middle + 1 }
    }
    return lower
  }

  /// Makes `slots` all that a run holds; it may come to be another run.
  func store(_ slots: some Collection<Slot>, in run: inout SlotRun) {
    fit(&run, holding: 0, for: slots.count)
    for (index, slot) in slots.enumerated() { self[run, index] = slot }
  }

  /// Puts `slots` in the place of those in `range`, of a run that holds `held`; it may come to be another
  /// run.
  func replace(
    _ range: Range<Int>, of run: inout SlotRun, holding held: Int,
    with slots: some Collection<Slot>
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= held, "slots \(range) of \(held)")
    let count = slots.count
    let total = held - range.count + count
    if total > held { fit(&run, holding: held, for: total) }
    let base = unsafe base(of: run)
    unsafe (base + range.lowerBound + count).update(
      from: base + range.upperBound, count: held - range.upperBound)
    for (index, slot) in slots.enumerated() { unsafe base[range.lowerBound + index] = slot }
    if total < held { fit(&run, holding: total, for: total) }
  }

  /// Makes a run one that has room for `count` slots, and not for many more, its first `held` slots
  /// as they were.
  private func fit(_ run: inout SlotRun, holding held: Int, for count: Int) {
    let size = Int(run.size)
    guard count > sizes[size] || size > 2 && count < sizes[size - 2] else { return }
    let fitting = makeRun(for: max(count, 1))
    unsafe base(of: fitting).update(from: base(of: run), count: held)
    release(run)
    run = fitting
  }

  private func addPage(of size: Int) {
    let page = unsafe pages.count
    precondition(page < 1 << 22, "\(page) pages of slots")
    unsafe pages.append(.allocate(capacity: Self.pageSize))
    let first = UInt32(page * Self.pageSize)
    fresh[size] = first..<first + UInt32(Self.pageSize)
  }

  private func base(of run: SlotRun) -> UnsafeMutablePointer<Slot> {
    unsafe pages[Int(run.start) / Self.pageSize] + Int(run.start) % Self.pageSize
  }
}
