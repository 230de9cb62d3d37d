internal import VCIFormat

extension BlockAllocator {
  /// Checks that the free runs lie in the cache and are the same in both indices, and that the
  /// counters agree with them. O(n log n)
  ///
  /// - Precondition: it is so.
  func checkInvariants() {
    freeRuns.checkInvariants()
    lengths.checkInvariants()
    checkCounters()
    var found: UInt64 = 0
    freeRuns.forEach { run in
      checkIndexed(run)
      found += Self.rooms(in: run)
    }
    precondition(found == rooms, "room for \(found) nodes, and \(rooms) are counted")
  }

  /// In debug builds, checks everything if there are few free runs, else the counters and the free
  /// runs next to `range`.
  func check(around range: BlockRange) {
    assert(Invariants.hold { checkNow(around: range) })
  }

  /// Checks everything in debug builds.
  func checkAll() {
    assert(Invariants.hold { checkInvariants() })
  }

  private func checkNow(around range: BlockRange) {
    guard freeRuns.count > 64 else { return checkInvariants() }
    checkCounters()
    freeRuns.lastRun(through: range.first).map(checkIndexed)
    freeRuns.firstRun(from: range.end ?? range.first).map(checkIndexed)
  }

  private func checkCounters() {
    precondition(
      freeRuns.count == lengths.count,
      "\(freeRuns.count) free runs by address, \(lengths.count) by length")
    let sum = free.rawValue + metadata.rawValue + data.rawValue
    precondition(
      sum == blocks.rawValue,
      "\(free) free, \(metadata) for metadata, \(data) for data, of \(blocks) blocks")
  }

  private func checkIndexed(_ run: BlockRange) {
    precondition(
      run.isWithin(0, BlockAddress(blocks.rawValue)), "\(run) free of \(blocks) blocks")
    let length = Self.length(run)
    precondition(lengths.first(from: length) == length, "\(run) is not known by its length")
  }
}
