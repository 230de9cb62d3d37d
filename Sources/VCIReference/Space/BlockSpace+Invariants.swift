internal import VCIFormat

extension BlockSpace {
  /// Checks that allocator and sets are consistent: every block of a set is taken, and in one set
  /// only. O(n log n)
  ///
  /// - Precondition: they are.
  func checkInvariants() {
    allocator.checkInvariants()
    var seen = allocator.freeRuns
    for set in [fresh, oldNodes, oldData, withheld] {
      set.checkInvariants()
      set.forEach { run in
        precondition(!seen.overlaps(run), "blocks \(run) are free, or noted twice")
        seen.insert(run)
      }
    }
    precondition(
      oldNodes.blocks.rawValue % Format.nodeBlocks.rawValue == 0,
      "\(oldNodes.blocks) blocks of nodes wait for a flush")
    precondition(
      oldNodes.blocks <= allocator.metadata && oldData.blocks <= data,
      "\(oldNodes.blocks) blocks of nodes wait of \(allocator.metadata), "
        + "\(oldData.blocks) of data of \(data)")
  }

  /// Checks the invariants of a small space in debug builds.
  func assertInvariants() {
    let runs =
      allocator.freeRuns.count + fresh.count + oldNodes.count + oldData.count
      + withheld.count
    assert(runs > 32 || Invariants.hold(checkInvariants))
  }
}
