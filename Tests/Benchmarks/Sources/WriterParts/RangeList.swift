/// The plainest allocator: one doubly linked list of all runs in order, free ones and taken ones,
/// each walked to from the start.
package final class RangeList: FreeSpace {
  private struct Run {
    var start: UInt64
    var end: UInt64
    var isFree: Bool
    var previous: UnsafeMutablePointer<Run>?
    var next: UnsafeMutablePointer<Run>?

    var count: UInt64 { end - start }
  }

  private typealias Place = UnsafeMutablePointer<Run>
  private var first: UnsafeMutablePointer<Run>?

  package init(blocks: UInt64, free: [Range<UInt64>]) {
    var last: Place?
    var end: UInt64 = 0
    func append(_ range: Range<UInt64>, isFree: Bool) {
      let place = Place.allocate(capacity: 1)
      place.initialize(
        to: Run(
          start: range.lowerBound, end: range.upperBound, isFree: isFree, previous: last,
          next: nil))
      if let last = last { last.pointee.next = place } else { first = place }
      last = place
    }
    for run in free {
      if run.lowerBound > end { append(end..<run.lowerBound, isFree: false) }
      append(run, isFree: true)
      end = run.upperBound
    }
    if end < blocks { append(end..<blocks, isFree: false) }
  }

  deinit {
    var place = first
    while let run = place {
      place = run.pointee.next
      run.deallocate()
    }
  }

  package func take(_ count: UInt64) -> UInt64? {
    var best: Place?
    var least = UInt64.max
    var place = first
    while let run = place {
      let room = run.pointee.count
      if run.pointee.isFree, room >= count, room < least {
        best = run
        least = room
        if room == count { break }
      }
      place = run.pointee.next
    }
    guard let best = best else { return nil }
    let start = best.pointee.start
    mark(start..<start + count, in: best, isFree: false)
    return start
  }

  package func take(_ count: UInt64, at start: UInt64) -> Bool {
    guard let run = run(containing: start), run.pointee.isFree,
      run.pointee.end - start >= count
    else { return false }
    mark(start..<start + count, in: run, isFree: false)
    return true
  }

  package func release(_ count: UInt64, at start: UInt64) {
    guard let run = run(containing: start) else { preconditionFailure("no block \(start)") }
    mark(start..<start + count, in: run, isFree: true)
  }

  package var freeRuns: [Range<UInt64>] {
    var runs: [Range<UInt64>] = []
    var place = first
    while let run = place {
      if run.pointee.isFree { runs.append(run.pointee.start..<run.pointee.end) }
      place = run.pointee.next
    }
    return runs
  }

  private func run(containing block: UInt64) -> Place? {
    var place = first
    while let run = place, run.pointee.end <= block {
      place = run.pointee.next
    }
    return place
  }

  /// Makes a part of a run a run of its own, which then joins neighbours of its kind.
  private func mark(_ range: Range<UInt64>, in run: Place, isFree: Bool) {
    precondition(
      run.pointee.isFree != isFree && run.pointee.start <= range.lowerBound
        && run.pointee.end >= range.upperBound, "blocks \(range) are not all of one kind")
    if run.pointee.end > range.upperBound { cut(run, at: range.upperBound) }
    var part = run
    if run.pointee.start < range.lowerBound {
      part = cut(run, at: range.lowerBound)
    }
    part.pointee.isFree = isFree
    if let next = part.pointee.next, next.pointee.isFree == isFree {
      join(part)
    }
    if let previous = part.pointee.previous, previous.pointee.isFree == isFree {
      join(previous)
    }
  }

  /// Makes two runs of one; answers the second.
  @discardableResult
  private func cut(_ run: Place, at block: UInt64) -> Place {
    let rest = Place.allocate(capacity: 1)
    rest.initialize(
      to: Run(
        start: block, end: run.pointee.end, isFree: run.pointee.isFree, previous: run,
        next: run.pointee.next))
    rest.pointee.next?.pointee.previous = rest
    run.pointee.next = rest
    run.pointee.end = block
    return rest
  }

  /// Makes one run of a run and the next.
  private func join(_ run: Place) {
    guard let next = run.pointee.next else { return }
    run.pointee.end = next.pointee.end
    run.pointee.next = next.pointee.next
    next.pointee.next?.pointee.previous = run
    next.deallocate()
  }
}
