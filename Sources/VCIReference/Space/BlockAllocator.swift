internal import VCIFormat

/// What blocks are allocated for: the map counts the two separately.
enum SpaceUse: Hashable, Sendable, CaseIterable {
  /// Header, map and nodes.
  case metadata
  /// Cached data.
  case data
}

/// The free blocks of a cache, allocated by best fit.
///
/// It keeps the free runs twice, by address and by length, so a free run takes about 48 bytes, at
/// most 66 (`RunIndex`), and every operation on blocks is O(log n) for n free runs. A request for 0
/// blocks is never granted.
struct BlockAllocator {
  /// The blocks of the cache.
  let blocks: BlockCount
  /// The free runs by address.
  private(set) var freeRuns: RunSet
  /// The free runs as (length, address).
  private(set) var lengths: RunIndex
  /// The blocks that are allocated for metadata.
  private(set) var metadata: BlockCount = 0
  /// The blocks that are allocated for cached data.
  private(set) var data: BlockCount = 0
  /// How many nodes could be placed: each free run has room for its length divided by a node's
  /// length.
  private(set) var rooms: UInt64

  /// Makes the allocator of `blocks` blocks, all of them free.
  init(blocks: BlockCount) {
    self.init(blocks: blocks, keysPerNode: 128)
  }

  /// Makes one whose indices have up to `keysPerNode` runs in a node.
  init(blocks: BlockCount, keysPerNode: Int) {
    self.blocks = blocks
    freeRuns = RunSet(keysPerNode: keysPerNode)
    lengths = RunIndex(keysPerNode: keysPerNode)
    rooms = 0
    if blocks > 0 { makeFree(BlockRange(0, blocks)) }
  }

  /// Makes the allocator of `blocks` blocks with the free runs `free`, which are sorted and neither
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

  /// Makes the allocator of `blocks` blocks of which `allocated`, sorted by address, are allocated;
  /// `nil` if two of them overlap, or if one has no blocks or some outside the cache. O(n log n)
  init?(blocks: BlockCount, allocated: some Sequence<(range: BlockRange, use: SpaceUse)>) {
    var free: [BlockRange] = []
    var next: BlockAddress = 0
    var metadata: BlockCount = 0
    var data: BlockCount = 0
    for (range, use) in allocated {
      guard range.count > 0, range.isWithin(next, BlockAddress(blocks.rawValue)),
        let end = range.end
      else { return nil }
      if let run = RunSet.run(from: next, to: range.first) { free.append(run) }
      next = end
      switch use {
      case .metadata: metadata += range.count
      case .data: data += range.count
      }
    }
    if let run = RunSet.run(from: next, to: BlockAddress(blocks.rawValue)) { free.append(run) }
    self.init(blocks: blocks, free: free, metadata: metadata, data: data)
  }

  var free: BlockCount { freeRuns.blocks }

  /// The counters for the map's header.
  var mapHeader: BlockMapHeader {
    BlockMapHeader(blocks: blocks, free: free, metadata: metadata, data: data)
  }

  /// The free run that has `block`. O(log n)
  func freeRun(containing block: BlockAddress) -> BlockRange? {
    Faults.freeRun(freeRuns.run(containing: block), containing: block, in: freeRuns)
  }

  /// The smallest free run of at least `count` blocks, the first of equal ones. O(log n)
  func bestFit(_ count: BlockCount) -> BlockRange? {
    lengths.first(from: RunIndex.Key(major: count.rawValue, minor: 0)).map(Self.run)
  }

  /// The largest free run, the first of equal ones. O(log n)
  var largestFree: BlockRange? {
    lengths.last(through: RunIndex.Key(major: .max, minor: .max))
      .flatMap { bestFit(BlockCount($0.major)) }
  }

  /// Allocates the first `count` blocks of the best fit; `nil` if no free run has as many, or if
  /// `count` is 0. O(log n)
  mutating func allocate(_ count: BlockCount, for use: SpaceUse) -> BlockRange? {
    guard count > 0 else { return Faults.nothingAllocated(by: self) }
    guard let run = bestFit(count) else { return nil }
    let range = BlockRange(run.first, count)
    take(range, for: use)
    return Faults.allocated(range, of: run)
  }

  /// Allocates `range`. Returns `false`, and changes nothing, if some of it is not free or outside
  /// the cache, or if it has no blocks. O(log n)
  mutating func claim(_ range: BlockRange, for use: SpaceUse) -> Bool {
    guard range.count > 0, let run = freeRuns.run(containing: range.first),
      let end = run.end, range.isWithin(run.first, end)
    else { return false }
    take(range, for: use)
    return true
  }

  /// Allocates the `count` blocks after `range`, which is allocated. Returns `false`, and changes
  /// nothing, if some of them are not free, or if `count` is 0. O(log n)
  mutating func extend(_ range: BlockRange, by count: BlockCount, for use: SpaceUse) -> Bool {
    if Faults.claimsGrowth { return true }
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
    tally(use) { $0 + range.count }
    check(around: range)
  }

  /// Frees `range`: an allocation, a part of one, or several adjacent ones. O(log n)
  ///
  /// - Precondition: it has blocks, and all of them are allocated for `use`.
  mutating func release(_ range: BlockRange, for use: SpaceUse) {
    precondition(
      range.count > 0 && range.isWithin(0, BlockAddress(blocks.rawValue)),
      "\(range) of \(blocks) blocks")
    if Faults.hasReleasedUncounted(range, in: &self) { return }
    let insertion = makeFree(Faults.released(range, in: freeRuns))
    Faults.rangeReleased(insertion, in: freeRuns)
    tally(use) { $0 - range.count }
    check(around: range)
  }
}

extension BlockAllocator {
  /// Makes `range` free, without changing the counters of allocated blocks.
  @discardableResult
  mutating func makeFree(_ range: BlockRange) -> RunSet.Insertion {
    let insertion = freeRuns.insert(range)
    if let before = insertion.before { forget(before) }
    if let after = insertion.after { forget(after) }
    note(insertion.whole)
    return insertion
  }

  private mutating func note(_ run: BlockRange) {
    lengths.insert(Self.length(run))
    rooms += Self.rooms(in: run)
  }

  private mutating func forget(_ run: BlockRange) {
    lengths.remove(Self.length(run))
    rooms -= Self.rooms(in: run)
  }

  private mutating func tally(_ use: SpaceUse, _ change: (BlockCount) -> BlockCount) {
    if Faults.counted(use) == .metadata {
      metadata = change(metadata)
    } else {
      data = change(data)
    }
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
