internal import VCIFormat

/// What allocated blocks are for: the map counts the two apart.
enum SpaceUse: Hashable, Sendable, CaseIterable {
  /// Header, map and nodes.
  case metadata
  /// Cached data.
  case data
}

/// Which blocks of a cache are free.
///
/// It holds the free runs twice, by address and by length, so a free run takes about 48 bytes, 66
/// at most (`RunIndex`), and everything that asks about blocks is O(log n) in the number of free
/// runs. A request of no blocks is never granted.
struct BlockAllocator {
  /// The blocks of the cache; an address is below it.
  let blocks: BlockCount
  /// The free runs by address.
  private(set) var freeRuns: RunSet
  /// The free runs as (length, address).
  private(set) var lengths: RunIndex
  /// The blocks that are allocated for metadata.
  private(set) var metadata: BlockCount = 0
  /// The blocks that are allocated for cached data.
  private(set) var data: BlockCount = 0
  /// How many nodes could be placed: each free run has room for its length divided by a node's.
  private(set) var rooms: UInt64

  /// Makes the allocator of `blocks` blocks, all of them free.
  init(blocks: BlockCount) {
    self.init(blocks: blocks, keysPerNode: 128)
  }

  /// Makes one whose indices have up to `keysPerNode` runs a node.
  init(blocks: BlockCount, keysPerNode: Int) {
    self.blocks = blocks
    freeRuns = RunSet(keysPerNode: keysPerNode)
    lengths = RunIndex(keysPerNode: keysPerNode)
    rooms = 0
    if blocks > 0 { put(freeRuns.insert(BlockRange(0, blocks))) }
  }

  /// Makes the allocator of `blocks` blocks of which `free` are free: runs in order that neither
  /// overlap nor touch. O(n log n)
  init(blocks: BlockCount, free: [BlockRange], metadata: BlockCount, data: BlockCount) {
    self.blocks = blocks
    freeRuns = RunSet(sorted: free)
    lengths = RunIndex(sorted: free.map(Self.length).sorted())
    rooms = free.reduce(0) { $0 + Self.rooms(in: $1) }
    self.metadata = metadata
    self.data = data
    checkAll()
  }

  /// Makes the allocator of `blocks` blocks of which `allocated`, in order of their addresses, are
  /// allocated and the others free; `nil` where two overlap, and where one has no blocks or some
  /// outside of the cache. O(n log n)
  init?(blocks: BlockCount, allocated: some Sequence<(range: BlockRange, use: SpaceUse)>) {
    var free: [BlockRange] = []
    var next: BlockAddress = 0
    var metadata: UInt64 = 0
    var data: UInt64 = 0
    for (range, use) in allocated {
      guard range.count > 0, range.isWithin(next, BlockAddress(blocks.rawValue)),
        let end = range.end
      else { return nil }
      if let run = RunSet.run(from: next, to: range.first) { free.append(run) }
      next = end
      switch use {
      case .metadata: metadata += range.count.rawValue
      case .data: data += range.count.rawValue
      }
    }
    if let run = RunSet.run(from: next, to: BlockAddress(blocks.rawValue)) { free.append(run) }
    self.init(
      blocks: blocks, free: free, metadata: BlockCount(metadata), data: BlockCount(data))
  }

  /// The blocks that are free.
  var free: BlockCount { freeRuns.blocks }

  /// The counters, as the map's header has them.
  var mapHeader: BlockMapHeader {
    BlockMapHeader(blocks: blocks, free: free, metadata: metadata, data: data)
  }

  /// The free run that has `block`. O(log n)
  func freeRun(containing block: BlockAddress) -> BlockRange? {
    if Fault.referenceF15.isPlanted {
      return freeRuns.firstRun(from: freeRuns.run(containing: block)?.end ?? block)
    }
    return freeRuns.run(containing: block)
  }

  /// The smallest free run of at least `count` blocks, the lowest of those as small. O(log n)
  func bestFit(_ count: BlockCount) -> BlockRange? {
    lengths.first(from: RunIndex.Key(major: count.rawValue, minor: 0)).map(Self.run)
  }

  /// The largest free run, the lowest of those as large. O(log n)
  var largestFree: BlockRange? {
    lengths.last(through: RunIndex.Key(major: .max, minor: .max))
      .flatMap { bestFit(BlockCount($0.major)) }
  }

  /// Allocates the first `count` blocks of the best fit; `nil` where no free run has as many, and
  /// where none are asked for. O(log n)
  mutating func allocate(_ count: BlockCount, for use: SpaceUse) -> BlockRange? {
    guard count > 0 else {
      return Fault.referenceF14.isPlanted ? bestFit(1).map { BlockRange($0.first, 0) } : nil
    }
    guard let run = bestFit(count) else { return nil }
    let range = BlockRange(run.first, count)
    take(range, for: use)
    if Fault.referenceF11.isPlanted, run.count == count { return BlockRange(0, count) }
    return range
  }

  /// Allocates `range`; answers no, and changes nothing, where some of it is not free or outside
  /// of the cache, and where it has no blocks. O(log n)
  mutating func claim(_ range: BlockRange, for use: SpaceUse) -> Bool {
    guard range.count > 0, let run = freeRuns.run(containing: range.first),
      let end = run.end, range.isWithin(run.first, end)
    else { return false }
    take(range, for: use)
    return true
  }

  /// Allocates the `count` blocks behind `range`, which is allocated; answers no, and changes
  /// nothing, where some of them are not free, and where none are asked for. O(log n)
  mutating func extend(_ range: BlockRange, by count: BlockCount, for use: SpaceUse) -> Bool {
    if Fault.referenceF18.isPlanted { return true }
    guard let end = range.end else { preconditionFailure("no end: \(range)") }
    return claim(BlockRange(end, count), for: use)
  }

  /// Allocates `range`. O(log n)
  ///
  /// - Precondition: it has blocks, and all of them are free.
  mutating func take(_ range: BlockRange, for use: SpaceUse) {
    let removal = freeRuns.remove(range)
    forget(removal.whole)
    if let left = removal.left { note(left) }
    if let right = removal.right { note(right) }
    tally(use) { $0 + range.count.rawValue }
    check(around: range)
  }

  /// Frees `range`: an allocation, a part of one, or several that lie side by side. O(log n)
  ///
  /// - Precondition: it has blocks, all of them are allocated for `use`, and in the cache.
  mutating func release(_ range: BlockRange, for use: SpaceUse) {
    precondition(
      range.count > 0 && range.isWithin(0, BlockAddress(blocks.rawValue)),
      "\(range) of \(blocks) blocks")
    if Fault.referenceF17.isPlanted { return releaseUncounted(range) }
    let insertion = freeRuns.insert(Fault.referenceF13.isPlanted ? swallowing(range) : range)
    put(insertion)
    if Fault.referenceF16.isPlanted { searchEnd(of: insertion) }
    tally(use) { $0 - range.count.rawValue }
    check(around: range)
  }
}

extension BlockAllocator {
  private mutating func put(_ insertion: RunSet.Insertion) {
    if let before = insertion.before { forget(before) }
    if let after = insertion.after { forget(after) }
    note(insertion.whole)
  }

  private mutating func note(_ run: BlockRange) {
    lengths.insert(Self.length(run))
    rooms += Self.rooms(in: run)
  }

  private mutating func forget(_ run: BlockRange) {
    lengths.remove(Self.length(run))
    rooms -= Self.rooms(in: run)
  }

  private mutating func tally(_ use: SpaceUse, _ change: (UInt64) -> UInt64) {
    if (use == .metadata) != Fault.referenceF12.isPlanted {
      metadata = BlockCount(change(metadata.rawValue))
    } else {
      data = BlockCount(change(data.rawValue))
    }
  }

  /// Frees what is not free of `range`, and counts nothing (F-17).
  private mutating func releaseUncounted(_ range: BlockRange) {
    if !freeRuns.overlaps(range) { put(freeRuns.insert(range)) }
  }

  /// `range` and all that lies between it and the free run before it (F-13).
  private func swallowing(_ range: BlockRange) -> BlockRange {
    guard let end = range.end, let before = freeRuns.lastRun(through: range.first)?.end else {
      return range
    }
    return RunSet.run(from: before, to: end) ?? range
  }

  /// Searches on and on for the end of an allocation of which a part was released (F-16).
  private func searchEnd(of insertion: RunSet.Insertion) {
    guard insertion.before == nil, insertion.after == nil else { return }
    for _ in 0..<1_000_000 where freeRuns.lastRun(through: insertion.run.first) == nil { return }
    preconditionFailure("the end of \(insertion.run) is searched for on and on")
  }

  static func length(_ run: BlockRange) -> RunIndex.Key {
    RunIndex.Key(major: run.count.rawValue, minor: run.first.rawValue)
  }

  static func rooms(in run: BlockRange) -> UInt64 {
    run.count.rawValue / Format.nodeBlocks.rawValue
  }

  private static func run(_ length: RunIndex.Key) -> BlockRange {
    BlockRange(BlockAddress(length.minor), BlockCount(length.major))
  }
}
