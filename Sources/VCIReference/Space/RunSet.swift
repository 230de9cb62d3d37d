internal import VCIFormat

/// A set of blocks, as runs that neither overlap nor touch, in order of their addresses.
///
/// A run takes about 24 bytes, 33 at most (`RunIndex`).
struct RunSet {
  private(set) var index: RunIndex
  /// How many blocks are in.
  private(set) var blocks: BlockCount = 0

  /// Makes an empty set.
  init() { index = RunIndex() }

  /// Makes an empty set whose nodes have up to `keysPerNode` runs.
  init(keysPerNode: Int) { index = RunIndex(keysPerNode: keysPerNode) }

  /// Makes the set of `runs`, which are in order and neither overlap nor touch. O(n)
  init(sorted runs: [BlockRange]) {
    index = RunIndex(sorted: runs.map(Self.key))
    blocks = BlockCount(runs.reduce(0) { $0 + $1.count.rawValue })
    checkAll()
  }

  /// Whether no block is in.
  var isEmpty: Bool { index.isEmpty }

  /// How many runs there are.
  var count: Int { index.count }

  /// The run that has `block`. O(log n)
  func run(containing block: BlockAddress) -> BlockRange? {
    guard let run = lastRun(through: block), run.contains(block) else { return nil }
    return run
  }

  /// The run that has `block`, or else the first one behind it. O(log n)
  func firstRun(from block: BlockAddress) -> BlockRange? {
    run(containing: block)
      ?? index.first(from: RunIndex.Key(major: block.rawValue, minor: 0))
      .map(Self.run)
  }

  /// The last run that starts at `block` or before it. O(log n)
  func lastRun(through block: BlockAddress) -> BlockRange? {
    index.last(through: RunIndex.Key(major: block.rawValue, minor: .max)).map(Self.run)
  }

  /// Whether some block of `range` is in. O(log n)
  func overlaps(_ range: BlockRange) -> Bool {
    range.count > 0 && firstRun(from: range.first).map { $0.overlaps(range) } ?? false
  }

  /// Calls `body` with every run, in order. O(n)
  func forEach(_ body: (BlockRange) -> Void) {
    index.forEach { body(Self.run($0)) }
  }

  /// Takes in a run of which no block is in; answers the run that it is part of now. O(log n)
  ///
  /// - Precondition: it has blocks, ends within 64 bits, and none of them is in.
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
    blocks = BlockCount(blocks.rawValue + run.count.rawValue)
    check(around: run)
    return insertion
  }

  /// Removes a run that is part of one run of the set; answers what is left of that. O(log n)
  ///
  /// - Precondition: it has blocks, and all of them are in, one behind the other.
  @discardableResult
  mutating func remove(_ run: BlockRange) -> Removal {
    guard run.count > 0, let end = run.end, let whole = self.run(containing: run.first),
      let wholeEnd = whole.end, end <= wholeEnd
    else { preconditionFailure("some of \(run) is not in the set") }
    let removal = Removal(
      whole: whole, left: Self.run(from: whole.first, to: run.first),
      right: Self.run(from: end, to: wholeEnd))
    take(removal)
    blocks = BlockCount(blocks.rawValue - run.count.rawValue)
    check(around: run)
    return removal
  }

  /// Removes what is in of `range`, and calls `body` with its parts in order of their addresses,
  /// both those that were in and those that were not.
  ///
  /// O(log n) for each part.
  ///
  /// - Precondition: the range ends within 64 bits.
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

  /// The blocks from `start` on and before `end`; `nil` where there are none.
  static func run(from start: BlockAddress, to end: BlockAddress) -> BlockRange? {
    start < end ? BlockRange(start, BlockCount(end.rawValue - start.rawValue)) : nil
  }
}

extension RunSet {
  /// A run that came in, and the runs that it was joined with.
  struct Insertion: Hashable {
    let before: BlockRange?
    let run: BlockRange
    let after: BlockRange?

    /// What it is part of now.
    var whole: BlockRange {
      let count =
        (before?.count.rawValue ?? 0) + run.count.rawValue + (after?.count.rawValue ?? 0)
      return BlockRange(before?.first ?? run.first, BlockCount(count))
    }
  }

  /// The run that something was removed from, and what is left of it.
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
