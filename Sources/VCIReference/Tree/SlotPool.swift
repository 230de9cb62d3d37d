internal import VCIFormat

/// The place of the slots of one node in a pool.
struct SlotRun {
  /// The first slot, counted over all pages.
  fileprivate var start: UInt32
  /// The index of its size.
  fileprivate var size: UInt8
}

/// The slots of many nodes, each node's in one run with little room to spare: a slab allocator.
///
/// Runs come in a few sizes, each at most a quarter larger than the one before, and are cut from
/// pages of 1024 slots. So at most a quarter of the room is spare, and no run is an allocation of
/// its own.
@safe
final class SlotPool<Slot: BitwiseCopyable> {
  /// The sizes of runs, in slots.
  private let sizes: [Int]
  private var pages: [UnsafeMutablePointer<Slot>] = unsafe []
  /// The starts of the released runs of each size.
  private var free: [[UInt32]]
  /// The unused rest of the newest page of each size.
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

  /// The index of the first of `count` slots for which `isReached` returns true, as it does for all
  /// after it; `count` if there is none.
  func firstSlot(of run: SlotRun, count: Int, where isReached: (Slot) -> Bool) -> Int {
    (0..<count).partitionPoint { isReached(self[run, $0]) }
  }

  /// Replaces all slots of a run, which may become another run.
  func store(_ slots: some Collection<Slot>, in run: inout SlotRun) {
    fit(&run, holding: 0, for: slots.count)
    for (index, slot) in slots.enumerated() { self[run, index] = slot }
  }

  /// Replaces the slots `range` of a run that holds `held`, which may become another run.
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

  /// Replaces a run, unless it has room for `count` slots and not for many more, by one that has;
  /// its first `held` slots are kept.
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
