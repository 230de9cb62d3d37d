internal import VCIFormat

/// How a run overlaps the runs before it.
enum BlockOverlap {
  /// The run's first block belongs to an earlier run; `freeFrom` is the first one that does not.
  case atStart(freeFrom: UInt64)
  /// The run's first block is free; `at` is the first one that belongs to an earlier run.
  case inside(at: UInt64)
}

/// Reports where each run of blocks overlaps the runs before it.
///
/// A union-find over the sorted ends of all runs: between two neighbouring ends all blocks are
/// alike, and each such piece is taken once. O(n log n) for n runs, however they lie.
struct BlockOverlaps {
  /// The starts and ends of all runs, ascending.
  private var places: [UInt64]
  /// For each place, itself if the blocks from it on are free, else a later place on the way to the
  /// next free one.
  private var next: [UInt32]

  /// Makes a structure for runs that all start and end at one of `places`.
  init(_ places: consuming [UInt64]) {
    places.sort()
    var kept = 0
    for index in places.indices where index == 0 || places[index] != places[kept - 1] {
      places[kept] = places[index]
      kept += 1
    }
    places.removeLast(places.count - kept)
    next = Array(0..<UInt32(places.count + 1))
    self.places = places
  }

  /// Adds `run`, and returns its first overlap with the runs before it, if any.
  mutating func add(_ run: Range<UInt64>) -> BlockOverlap? {
    let (first, end) = (index(of: run.lowerBound), index(of: run.upperBound))
    var overlap: BlockOverlap?
    var current = firstFree(from: first)
    if current != first, first < end { overlap = .atStart(freeFrom: places[current]) }
    var expected = current
    while current < end {
      if overlap == nil, current != expected { overlap = .inside(at: places[expected]) }
      next[current] = UInt32(current + 1)
      expected = current + 1
      current = firstFree(from: expected)
    }
    if overlap == nil, expected < end { overlap = .inside(at: places[expected]) }
    return overlap
  }

  private func index(of place: UInt64) -> Int { places.partitionPoint { $0 >= place } }

  /// Find with path compression: returns the first free place at or after `index`.
  private mutating func firstFree(from index: Int) -> Int {
    var free = index
    while Int(next[free]) != free { free = Int(next[free]) }
    var current = index
    while current != free { (current, next[current]) = (Int(next[current]), UInt32(free)) }
    return free
  }
}
