internal import VCIFormat

/// A set of blocks, kept as sorted runs that neither overlap nor touch.
///
/// A run takes about 24 bytes, at most 33 (`RunIndex`).
struct RunSet {
  private(set) var index: RunIndex
  /// How many blocks it has.
  private(set) var blocks: BlockCount = 0

  /// Makes an empty set.
  init() { index = RunIndex() }

  /// Makes an empty set whose index has up to `keysPerNode` runs in a node.
  init(keysPerNode: Int) { index = RunIndex(keysPerNode: keysPerNode) }

  /// Makes the set of `runs`, which are sorted and neither overlap nor touch. O(n)
  init(sorted runs: [BlockRange]) {
    index = RunIndex(sorted: runs.map(Self.key))
    blocks = runs.reduce(0) { $0 + $1.count }
    checkAll()
  }

  var isEmpty: Bool { index.isEmpty }

  /// How many runs there are.
  var count: Int { index.count }

  /// The run that has `block`. O(log n)
  func run(containing block: BlockAddress) -> BlockRange? {
    guard let run = lastRun(through: block), run.contains(block) else { return nil }
    return run
  }

  /// The run that has `block`, or else the first one after it. O(log n)
  func firstRun(from block: BlockAddress) -> BlockRange? {
    run(containing: block)
      ?? index.first(from: RunIndex.Key(major: block.rawValue, minor: 0))
      .map(Self.run)
  }

  /// The last run that starts at `block` or before it. O(log n)
  func lastRun(through block: BlockAddress) -> BlockRange? {
    index.last(through: RunIndex.Key(major: block.rawValue, minor: .max)).map(Self.run)
  }

  /// Whether it has some block of `range`. O(log n)
  func overlaps(_ range: BlockRange) -> Bool {
    range.count > 0 && firstRun(from: range.first).map { $0.overlaps(range) } ?? false
  }

  /// Calls `body` with every run, in order. O(n)
  func forEach(_ body: (BlockRange) -> Void) {
    index.forEach { body(Self.run($0)) }
  }

  /// Inserts a run, and joins it with the runs that it touches. O(log n)
  ///
  /// - Precondition: it has blocks, its end fits into 64 bits, and none of its blocks is in the
  ///   set.
  @discardableResult
  mutating func insert(_ run: BlockRange) -> Insertion {
    guard run.count > 0, let end = run.end else { preconditionFailure("no run: \(run)") }
    let before = lastRun(through: run.first)
    let after = index.first(from: RunIndex.Key(major: run.first.rawValue, minor: 0))
      .map(Self.run)
    precondition(
      !(before?.overlaps(run) ?? false) && !(after?.overlaps(run) ?? false),
      "some of \(run) is in the set")
    let insertion = Insertion(
      before: before.flatMap { $0.end == run.first ? $0 : nil }, run: run,
      after: after.flatMap { $0.first == end ? $0 : nil })
    put(insertion)
    blocks += run.count
    check(around: run)
    return insertion
  }

  /// Removes a run that is part of one run of the set. O(log n)
  ///
  /// - Precondition: it has blocks, and all of them are in the set.
  @discardableResult
  mutating func remove(_ run: BlockRange) -> Removal {
    guard run.count > 0, let end = run.end, let whole = self.run(containing: run.first),
      let wholeEnd = whole.end, end <= wholeEnd
    else { preconditionFailure("some of \(run) is not in the set") }
    let removal = Removal(
      whole: whole, left: Self.run(from: whole.first, to: run.first),
      right: Self.run(from: end, to: wholeEnd))
    take(removal)
    blocks -= run.count
    check(around: run)
    return removal
  }

  /// Removes the blocks of `range`, and calls `body` with its parts in order: those that were in
  /// the set and those that were not. O(log n) for each part.
  ///
  /// - Precondition: the end of the range fits into 64 bits.
  mutating func subtract(_ range: BlockRange, _ body: (_ part: BlockRange, _ wasIn: Bool) -> Void) {
    guard let end = range.end else { preconditionFailure("no end: \(range)") }
    var next = range.first
    while next < end {
      let run = firstRun(from: next)
      let start = min(end, max(next, run?.first ?? end))
      if let gap = Self.run(from: next, to: start) { body(gap, false) }
      let stop = min(end, run?.end ?? end)
      if let run, run.first < end, let part = Self.run(from: start, to: stop) {
        remove(part)
        body(part, true)
      }
      next = max(start, stop)
    }
  }

  /// Removes every run.
  mutating func removeAll() { self = RunSet(keysPerNode: index.keysPerNode) }

  /// The blocks from `start` to before `end`; `nil` if there are none.
  static func run(from start: BlockAddress, to end: BlockAddress) -> BlockRange? {
    start < end ? BlockRange(start, end - start) : nil
  }
}

extension RunSet {
  /// A run that was inserted, and the runs with which it was joined.
  struct Insertion: Hashable {
    let before: BlockRange?
    let run: BlockRange
    let after: BlockRange?

    /// The run of the set that it is part of now.
    var whole: BlockRange {
      BlockRange(
        before?.first ?? run.first, (before?.count ?? 0) + run.count + (after?.count ?? 0))
    }
  }

  /// The run from which something was removed, and what is left of it.
  struct Removal: Hashable {
    let whole: BlockRange
    let left: BlockRange?
    let right: BlockRange?
  }

  private mutating func put(_ insertion: Insertion) {
    let whole = Self.key(insertion.whole)
    switch (insertion.before, insertion.after) {
    case (nil, nil): index.insert(whole)
    case (let before?, nil): index.replace(Self.key(before), by: whole)
    case (nil, let after?): index.replace(Self.key(after), by: whole)
    case (let before?, let after?):
      index.remove(Self.key(after))
      index.replace(Self.key(before), by: whole)
    }
  }

  private mutating func take(_ removal: Removal) {
    let whole = Self.key(removal.whole)
    switch (removal.left, removal.right) {
    case (nil, nil): index.remove(whole)
    case (let left?, nil): index.replace(whole, by: Self.key(left))
    case (nil, let right?): index.replace(whole, by: Self.key(right))
    case (let left?, let right?):
      index.replace(whole, by: Self.key(left))
      index.insert(Self.key(right))
    }
  }

  private static func key(_ run: BlockRange) -> RunIndex.Key {
    RunIndex.Key(major: run.first.rawValue, minor: run.count.rawValue)
  }

  private static func run(_ key: RunIndex.Key) -> BlockRange {
    BlockRange(BlockAddress(key.major), BlockCount(key.minor))
  }
}
