internal import VCIFormat

/// Faults of the allocator.
extension Faults {
  /// F-15: the free run of a block is taken to be the next one.
  static func freeRun(
    _ run: BlockRange?, containing block: BlockAddress, in runs: RunSet
  ) -> BlockRange? {
    Fault.referenceF15.isPlanted ? runs.firstRun(from: run?.end ?? block) : run
  }

  /// F-14: no blocks are allocated, and a range that has none is returned.
  static func nothingAllocated(by allocator: BlockAllocator) -> BlockRange? {
    guard Fault.referenceF14.isPlanted else { return nil }
    return allocator.bestFit(1).map { BlockRange($0.first, 0) }
  }

  /// F-11: blocks that fill a free run are allocated, and block 0 is returned.
  static func allocated(_ range: BlockRange, of run: BlockRange) -> BlockRange {
    Fault.referenceF11.isPlanted && range == run ? BlockRange(0, range.count) : range
  }

  /// F-18: an allocation that is to grow does not, and claims that it did.
  static var claimsGrowth: Bool { Fault.referenceF18.isPlanted }

  /// F-12: metadata is counted as data, and data as metadata.
  static func counted(_ use: SpaceUse) -> SpaceUse {
    guard Fault.referenceF12.isPlanted else { return use }
    return use == .metadata ? .data : .metadata
  }

  /// F-13: what lies between a released range and the free run before it is freed too.
  static func released(_ range: BlockRange, in runs: RunSet) -> BlockRange {
    #if VCI_FAULTS
      guard Fault.referenceF13.isPlanted, let end = range.end,
        let before = runs.lastRun(through: range.first)?.end
      else { return range }
      return RunSet.run(from: before, to: end) ?? range
    #else
      return range
    #endif
  }

  /// F-17: what is released is not counted, and may be free already. Returns whether `allocator`
  /// has released `range` in that way.
  static func hasReleasedUncounted(
    _ range: BlockRange, in allocator: inout BlockAllocator
  ) -> Bool {
    #if VCI_FAULTS
      guard Fault.referenceF17.isPlanted else { return false }
      if !allocator.freeRuns.overlaps(range) { allocator.makeFree(range) }
      return true
    #else
      return false
    #endif
  }

  /// F-16: after a release between allocated blocks, the search for their end never ends.
  static func rangeReleased(_ insertion: RunSet.Insertion, in runs: RunSet) {
    #if VCI_FAULTS
      guard Fault.referenceF16.isPlanted, insertion.before == nil, insertion.after == nil
      else { return }
      for _ in 0..<1_000_000 where runs.lastRun(through: insertion.run.first) == nil { return }
      preconditionFailure("the end of \(insertion.run) is searched for on and on")
    #endif
  }
}
