internal import VCIFormat

/// Where a run meets blocks that were painted before.
enum PaintCollision {
  /// Its first block is one of them, and this is the first behind it that is not.
  case atStart(freeFrom: UInt64)
  /// Its first block is none of them, and this is the first that is.
  case inside(at: UInt64)
}

/// Runs of blocks that are painted one after the other, each block once.
///
/// O(n log n) for n runs, however they lie: between two of the places where runs start or end,
/// blocks are alike, and what is painted is stepped over.
struct Painting {
  /// The places where runs start or end, ascending.
  private var places: [UInt64]
  /// For each place, one at or behind it: the next that is not painted, once it was asked for.
  private var next: [UInt32]

  /// A painting in which every run starts and ends at one of `places`.
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

  /// Paints `run`; says where it meets what was painted before, `nil` where it does not.
  mutating func paint(_ run: Range<UInt64>) -> PaintCollision? {
    let (first, end) = (index(of: run.lowerBound), index(of: run.upperBound))
    var collision: PaintCollision?
    var current = firstFree(from: first)
    if current != first, first < end { collision = .atStart(freeFrom: places[current]) }
    var expected = current
    while current < end {
      if collision == nil, current != expected { collision = .inside(at: places[expected]) }
      next[current] = UInt32(current + 1)
      expected = current + 1
      current = firstFree(from: expected)
    }
    if collision == nil, expected < end { collision = .inside(at: places[expected]) }
    return collision
  }

  private func index(of place: UInt64) -> Int {
    places.partitionPoint { $0 >= place }
  }

  /// The first place from `index` on behind which nothing is painted; the way there is made short.
  private mutating func firstFree(from index: Int) -> Int {
    var free = index
    while Int(next[free]) != free { free = Int(next[free]) }
    var current = index
    while current != free { (current, next[current]) = (Int(next[current]), UInt32(free)) }
    return free
  }
}
