internal import VCIFormat

/// Something that owns blocks.
struct Owner {
  /// The blocks.
  let blocks: Range<UInt64>
  /// The extent's index among the claims' extents; `nil` for header, map and root.
  let extent: Int?
  /// The first of the blocks whose bit is clear, once that is known.
  var firstClear: UInt64?
}

/// The blocks that metadata and data own; its buffers are kept from one image to the next.
///
/// Metadata is claimed first, then data; `settle` ends the claims, and only then are they counted.
struct Claims {
  /// The extents that claim their data, in walk order.
  private(set) var extents: [UsedSlot] = []
  /// Header, map, root, then the extents, in walk order.
  private(set) var owners: [Owner] = []
  /// All blocks that are owned, as ascending runs that do not touch.
  private(set) var runs: [Range<UInt64>] = []
  /// How many blocks hold metadata.
  private(set) var metadata: UInt64 = 0
  /// How many blocks hold data, and no metadata.
  private(set) var data: UInt64 = 0
  /// Whether some block is claimed twice.
  private(set) var hasCollisions = false
  private var isAscending = true

  /// Forgets every claim.
  mutating func removeAll() {
    extents.removeAll(keepingCapacity: true)
    owners.removeAll(keepingCapacity: true)
    runs.removeAll(keepingCapacity: true)
    metadata = 0
    data = 0
    hasCollisions = false
    isAscending = true
  }

  /// Claims `blocks` for header, map or root.
  ///
  /// - Precondition: the range ends where 64 bits can hold it, and no data is claimed yet.
  mutating func claim(_ blocks: BlockRange) {
    precondition(extents.isEmpty, "metadata claims \(blocks) after \(extents.count) extents")
    append(blocks, extent: nil)
    metadata = mergeRuns()
  }

  /// Claims the data of those extents that `isReadable` answers yes for.
  ///
  /// - Precondition: their data ends where 64 bits can hold it.
  mutating func claim(_ slots: [UsedSlot], where isReadable: (UsedSlot) -> Bool) {
    for slot in slots where isReadable(slot) {
      append(slot.extent.data, extent: extents.count)
      extents.append(slot)
    }
  }

  /// Counts what is claimed; O(n log n), and O(n) where the claims ascend, as most do.
  mutating func settle() {
    data = mergeRuns() - metadata
  }

  private mutating func append(_ blocks: BlockRange, extent: Int?) {
    let (end, overflow) = blocks.first.rawValue.addingReportingOverflow(blocks.count.rawValue)
    precondition(!overflow, "a claim of \(blocks)")
    let range = blocks.first.rawValue..<end
    if let last = owners.last, last.blocks.lowerBound > range.lowerBound { isAscending = false }
    owners.append(Owner(blocks: range, extent: extent))
  }

  /// Makes the runs anew; answers how many blocks they have.
  private mutating func mergeRuns() -> UInt64 {
    runs.removeAll(keepingCapacity: true)
    for owner in owners { runs.append(owner.blocks) }
    if !isAscending { runs.sort { $0.lowerBound < $1.lowerBound } }
    hasCollisions = false
    var total: UInt64 = 0
    // `runs[..<merged]` is merged; the last of them is still open.
    var merged = 0
    var open: Range<UInt64> = 0..<0
    for run in runs {
      if !open.isEmpty, run.lowerBound <= open.upperBound {
        if run.lowerBound < open.upperBound, !run.isEmpty { hasCollisions = true }
        open = open.lowerBound..<max(open.upperBound, run.upperBound)
        continue
      }
      if !open.isEmpty { merged = close(open, at: merged, &total) }
      open = run
    }
    if !open.isEmpty { merged = close(open, at: merged, &total) }
    runs.removeSubrange(merged...)
    return total
  }

  private mutating func close(
    _ run: Range<UInt64>, at index: Int, _ total: inout UInt64
  ) -> Int {
    runs[index] = run
    total += run.upperBound - run.lowerBound
    return index + 1
  }
}
