internal import VCIFormat

/// What blocks are taken for.
enum SpaceUse {
  case metadata
  case data
}

/// Which blocks of a cache are free.
///
/// It allocates where a request fits best: from the start of the smallest free run that is long enough,
/// of equal ones of the lowest. What changes or looks takes a number of steps that grows with the
/// logarithm of the free runs; one takes 32 bytes, and a share of the nodes that hold it.
final class BlockAllocator {
  /// How many blocks the cache has.
  let blocks: BlockCount
  /// How many blocks are taken for header, map and nodes.
  private(set) var metadata: BlockCount = 0
  /// How many blocks are taken for extents.
  private(set) var data: BlockCount = 0
  /// How many nodes the free runs can hold.
  private(set) var rooms: UInt64 = 0
  /// The free runs by their addresses.
  private let runs = RunSet()
  /// The free runs by length, and then by address.
  private let lengths = OrderedPairs()

  /// Makes an allocator of `blocks` blocks, all of them free.
  init(blocks: BlockCount) {
    self.blocks = blocks
    if blocks > 0 { free(BlockRange(0, blocks)) }
  }

  /// How many blocks are free.
  var free: BlockCount { runs.blocks }
  /// How many runs they make.
  var freeRunCount: Int { runs.count }

  /// The smallest free run of at least `count` blocks, of equal ones the lowest; nothing is taken.
  func bestFit(_ count: BlockCount) -> BlockRange? {
    lengths.first(from: NumberPair(first: count.rawValue, second: 0)).map(BlockRange.init(length:))
  }

  /// The largest free run, of equal ones the highest.
  var largestFree: BlockRange? { lengths.last.map(BlockRange.init(length:)) }

  /// The free run that has `block`.
  func freeRun(containing block: BlockAddress) -> BlockRange? { runs.run(containing: block) }

  /// The free run that has `block`, or else the first one behind it.
  func freeRun(from block: BlockAddress) -> BlockRange? { runs.firstRun(from: block) }

  /// Takes `count` blocks, at least one, where they fit best; `nil` where no free run has so many.
  func allocate(_ count: BlockCount, for use: SpaceUse) -> BlockRange? {
    precondition(count > 0, "an allocation of no block")
    guard let run = bestFit(count) else { return nil }
    let range = BlockRange(run.first, count)
    take(range, for: use)
    return range
  }

  /// Takes a range.
  ///
  /// - Precondition: all of it is free.
  func take(_ range: BlockRange, for use: SpaceUse) {
    let (whole, rest) = runs.remove(range)
    removeLength(whole)
    for rest in rest { addLength(rest) }
    count(range.count.rawValue, for: use)
  }

  /// Takes a range where all of it is free; answers whether it is.
  func claim(_ range: BlockRange, for use: SpaceUse) -> Bool {
    guard let run = freeRun(containing: range.first), let end = range.end,
      let runEnd = run.end, end <= runEnd
    else { return false }
    take(range, for: use)
    return true
  }

  /// Takes the `count` blocks right behind a range where they are free; answers whether they are.
  func extend(_ range: BlockRange, by count: BlockCount, for use: SpaceUse) -> Bool {
    guard let end = range.end else { return false }
    return claim(BlockRange(end, count), for: use)
  }

  /// Gives back a range: a whole allocation, a part of one, or several that touch.
  ///
  /// - Precondition: none of it is free, and all of it is inside the cache.
  func release(_ range: BlockRange, for use: SpaceUse) {
    precondition(
      range.isWithin(0, BlockAddress(blocks.rawValue)), "blocks \(range) of \(blocks)")
    free(range)
    count(0 &- range.count.rawValue, for: use)
  }

  private func free(_ range: BlockRange) {
    let (whole, joined) = runs.insert(range)
    for joined in joined { removeLength(joined) }
    addLength(whole)
  }

  private func addLength(_ run: BlockRange) {
    lengths.insert(NumberPair(length: run))
    rooms += run.count.rawValue / Format.nodeBlocks.rawValue
  }

  private func removeLength(_ run: BlockRange) {
    lengths.remove(NumberPair(length: run))
    rooms -= run.count.rawValue / Format.nodeBlocks.rawValue
  }

  private func count(_ change: UInt64, for use: SpaceUse) {
    switch use {
    case .metadata: metadata = BlockCount(metadata.rawValue &+ change)
    case .data: data = BlockCount(data.rawValue &+ change)
    }
  }

  /// Goes to each free run, in order.
  func forEachFreeRun(_ visit: (BlockRange) -> Void) { runs.forEach(visit) }
}

extension BlockAllocator {
  /// Checks that both orders have the same runs, and that the counters are right.
  ///
  /// - Precondition: they do and are.
  func checkInvariants() {
    runs.checkInvariants()
    lengths.checkInvariants()
    precondition(runs.count == lengths.count, "\(runs.count) runs, \(lengths.count) lengths")
    var rooms: UInt64 = 0
    runs.forEach { run in
      rooms += run.count.rawValue / Format.nodeBlocks.rawValue
      precondition(
        lengths.first(from: NumberPair(length: run)) == NumberPair(length: run),
        "the length of \(run) is not known")
      precondition(run.isWithin(0, BlockAddress(blocks.rawValue)), "\(run) of \(blocks)")
    }
    precondition(rooms == self.rooms, "\(rooms) rooms of \(self.rooms)")
    precondition(
      free.rawValue + metadata.rawValue + data.rawValue == blocks.rawValue,
      "\(free) free, \(metadata) of metadata, \(data) of data; \(blocks) blocks")
  }
}

extension NumberPair {
  /// The length of a run, and its address.
  fileprivate init(length run: BlockRange) {
    self.init(first: run.count.rawValue, second: run.first.rawValue)
  }
}

extension BlockRange {
  fileprivate init(length pair: NumberPair) {
    self.init(BlockAddress(pair.second), BlockCount(pair.first))
  }
}
