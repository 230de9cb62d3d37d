internal import VCIFormat

/// A used slot of a leaf.
struct UsedSlot {
  /// The slot.
  let index: Int
  /// What it holds.
  let extent: Extent
}

/// What stands in the slots of a leaf.
struct LeafScan {
  /// The used slots, in slot order.
  private(set) var used: [UsedSlot] = []
  /// The slots of which block count or address alone is zero.
  private(set) var halves: [(index: Int, extent: Extent)] = []
  /// The first used slot behind an unused one.
  private(set) var firstBehindGap: Int?
  /// The first byte of unused slots and padding that is not zero, counted from the node's start.
  private(set) var firstStray: Int?

  /// Scans the leaf in `node`, 4096 bytes.
  mutating func scan(_ node: RawSpan) {
    used.removeAll(keepingCapacity: true)
    halves.removeAll(keepingCapacity: true)
    firstBehindGap = nil
    firstStray = nil
    var hasGap = false
    for index in 0..<Format.extentsPerLeaf {
      let extent = Extent(decoding: node, slot: index)
      switch extent.slotState {
      case .used:
        if hasGap, firstBehindGap == nil { firstBehindGap = index }
        used.append(UsedSlot(index: index, extent: extent))
      case .half: halves.append((index, extent))
      case .unused:
        let start = 1 + index * Format.extentSize
        // Behind the last used slot nearly every leaf is zero to its end.
        if !hasGap, node.firstNonZero(in: start..<Format.nodeSize) == nil { return }
        hasGap = true
        if firstStray == nil {
          firstStray = node.firstNonZero(in: start..<start + Format.extentSize)
        }
      }
    }
    if firstStray == nil {
      let padding = 1 + Format.extentsPerLeaf * Format.extentSize
      firstStray = node.firstNonZero(in: padding..<Format.nodeSize)
    }
  }
}
