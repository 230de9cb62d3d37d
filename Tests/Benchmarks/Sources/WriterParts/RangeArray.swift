/// An allocator of two sorted arrays of the free runs, by address and by length: found by halving,
/// kept in order by moving all that lies behind.
package final class RangeArray: FreeSpace {
  private struct Run: Comparable {
    var start: UInt64
    var count: UInt64

    var end: UInt64 { start + count }

    static func < (left: Run, right: Run) -> Bool {
      left.count != right.count ? left.count < right.count : left.start < right.start
    }
  }

  private var byStart: [Run]
  private var byCount: [Run]

  package init(blocks: UInt64, free: [Range<UInt64>]) {
    byStart = free.map { Run(start: $0.lowerBound, count: $0.upperBound - $0.lowerBound) }
    byCount = byStart.sorted()
  }

  package func take(_ count: UInt64) -> UInt64? {
    let index = byCount.firstIndex(reaching: { $0.count >= count })
    guard index < byCount.count else { return nil }
    let run = byCount[index]
    cut(run.start, count, outOf: lastIndex(from: run.start))
    return run.start
  }

  package func take(_ count: UInt64, at start: UInt64) -> Bool {
    let index = lastIndex(from: start)
    guard index >= 0, byStart[index].end >= start + count else { return false }
    cut(start, count, outOf: index)
    return true
  }

  package func release(_ count: UInt64, at start: UInt64) {
    var run = Run(start: start, count: count)
    let before = lastIndex(from: start)
    let joinsBefore = before >= 0 && byStart[before].end == start
    let joinsNext = before + 1 < byStart.count && byStart[before + 1].start == start + count
    if joinsNext {
      run.count += byStart[before + 1].count
      removeCount(byStart[before + 1])
    }
    if joinsBefore {
      run = Run(start: byStart[before].start, count: byStart[before].count + run.count)
      removeCount(byStart[before])
      byStart[before] = run
      if joinsNext { byStart.remove(at: before + 1) }
    } else if joinsNext {
      byStart[before + 1] = run
    } else {
      byStart.insert(run, at: before + 1)
    }
    addCount(run)
  }

  package var freeRuns: [Range<UInt64>] { byStart.map { $0.start..<$0.end } }

  private func cut(_ start: UInt64, _ count: UInt64, outOf index: Int) {
    let run = byStart[index]
    removeCount(run)
    let rest = Run(start: start + count, count: run.end - start - count)
    if start > run.start {
      byStart[index].count = start - run.start
      addCount(byStart[index])
      guard rest.count > 0 else { return }
      byStart.insert(rest, at: index + 1)
      addCount(rest)
    } else if rest.count > 0 {
      byStart[index] = rest
      addCount(rest)
    } else {
      byStart.remove(at: index)
    }
  }

  /// The index of the last free run that starts at `start` or before; -1 where there is none.
  private func lastIndex(from start: UInt64) -> Int {
    byStart.firstIndex(reaching: { $0.start > start }) - 1
  }

  private func addCount(_ run: Run) {
    byCount.insert(run, at: byCount.firstIndex(reaching: { $0 >= run }))
  }
  private func removeCount(_ run: Run) {
    byCount.remove(at: byCount.firstIndex(reaching: { $0 >= run }))
  }
}

extension Array {
  /// The index of the first element for which `isReached` answers yes, where it does for all behind
  /// it; the count where it never does.
  func firstIndex(reaching isReached: (Element) -> Bool) -> Int {
    var lower = 0
    var upper = count
    while lower < upper {
      let middle = (lower + upper) / 2
      if isReached(self[middle]) { upper = middle } else { lower = middle + 1 }
    }
    return lower
  }
}
