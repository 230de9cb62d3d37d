internal import VCIFormat

/// The extents of an image whose root is a leaf, as an open has judged them.
struct RootLeaf {
  /// A used slot.
  struct Slot {
    let index: Int
    let extent: Extent
  }

  /// The used slots: ascending by block offset, apart.
  private(set) var slots: [Slot] = []
  /// The root's first byte in the file.
  private let start: UInt64

  /// Decodes and judges the node in `bytes`, which starts at byte `start` of the file.
  ///
  /// - Throws: `ImageError.violation` for VCI-NODE-001, 006, 007, VCI-EXT-001, 002;
  ///   `.unsupportedTree` where the root is an internal node.
  init(decoding bytes: RawSpan, at start: UInt64) throws(ImageError) {
    self.start = start
    let type: UInt8 = bytes.number(at: Field.nodeType.offset)
    if type == NodeType.internal.rawValue { throw .unsupportedTree }
    if type != NodeType.leaf.rawValue {
      try refuse(
        Violation(
          .nodeType, site: .referenceNodeType, at: .node(.root, .nodeType), offset: start,
          length: 1, expected: .oneOf(1, 2), actual: UInt64(type)))
    }
    var hasGap = false
    for index in 0..<Format.extentsPerLeaf {
      let extent = Extent(decoding: bytes, slot: index)
      switch extent.slotState {
      case .unused: hasGap = true
      case .half: try refuseHalf(extent, index)
      case .used:
        if hasGap { try refuseBehindGap(index) }
        try judgeRange(of: extent, index)
        slots.append(Slot(index: index, extent: extent))
      }
    }
  }

  private func refuseHalf(_ extent: Extent, _ index: Int) throws(ImageError) {
    try refuse(
      Violation(
        .nodeEntriesWhole, site: .referenceNodeEntriesWhole,
        at: .extent(.root, slot: index, nil),
        offset: Field.extentPrevious.position(inNodeAt: start, slot: index),
        length: UInt64(Format.extentSize), expected: .exactly(0),
        actual: max(extent.blocks.rawValue, extent.address.rawValue)))
  }

  private func refuseBehindGap(_ index: Int) throws(ImageError) {
    try refuse(
      Violation(
        .nodeEntriesFirst, site: .referenceNodeEntriesFirst,
        at: .extent(.root, slot: index, nil),
        offset: Field.extentPrevious.position(inNodeAt: start, slot: index),
        length: UInt64(Format.extentSize), expected: .exactly(0), actual: 1))
  }

  private func judgeRange(of extent: Extent, _ index: Int) throws(ImageError) {
    if let before = slots.last?.extent {
      let isApart =
        extent.offset >= before.offset
        && extent.offset.rawValue - before.offset.rawValue >= before.blocks.rawValue
      if !isApart {
        try refuse(
          inSlot(
            .extentOrder, .referenceExtentOrder, index, .extentOffset,
            .atLeast(before.offset.rawValue &+ before.blocks.rawValue), extent.offset.rawValue))
      }
    }
    let isWithinDisk =
      extent.offset <= Format.diskEnd
      && extent.blocks.rawValue <= Format.diskEnd.rawValue - extent.offset.rawValue
    if !isWithinDisk {
      try refuse(
        inSlot(
          .extentWithinDisk, .referenceExtentWithinDisk, index, .extentOffset,
          .atMost(Format.diskEnd.rawValue - extent.blocks.rawValue), extent.offset.rawValue))
    }
  }
}

extension RootLeaf {
  /// The used slot that holds `block`, or else the first one behind it.
  ///
  /// Takes a number of steps that grows with the logarithm of the slots.
  func slot(from block: BlockOffset) -> Slot? {
    var lower = 0
    var upper = slots.count
    while lower < upper {
      let middle = (lower + upper) / 2
      let extent = slots[middle].extent
      if extent.offset > block || extent.holds(block) {
        upper = middle
      } else {
        lower = middle + 1
      }
    }
    return lower < slots.count ? slots[lower] : nil
  }

  /// Judges that the data of an extent can be served, in a cache that ends at `cacheEnd` and a file
  /// whose whole blocks end at `fileEnd`.
  ///
  /// - Throws: `ImageError.violation` for VCI-EXT-003, VCI-FILE-006, VCI-EXT-007.
  func judge(
    _ slot: Slot, cacheEnd: BlockAddress, fileEnd: BlockAddress
  ) throws(ImageError) {
    let data = slot.extent.data
    if !data.isWithin(Format.firstBlock, cacheEnd) {
      try refuse(
        inSlot(
          .extentInRange, .referenceExtentInRange, slot.index, .extentAddress,
          .within(2, cacheEnd.rawValue), data.first.rawValue))
    } else if !data.isWithin(0, fileEnd) {
      try refuse(
        inSlot(
          .dataInFile, .referenceDataInFile, slot.index, .extentAddress,
          .within(2, fileEnd.rawValue), data.first.rawValue))
    }
    if slot.extent.flags != 0 {
      try refuse(
        inSlot(
          .extentFlags, .referenceExtentFlags, slot.index, .extentFlags, .exactly(0),
          UInt64(slot.extent.flags)))
    }
  }

  /// A violation in a field of a slot.
  private func inSlot(
    _ rule: Rule, _ site: Fault, _ index: Int, _ field: Field, _ expected: Expectation,
    _ actual: UInt64
  ) -> Violation? {
    Violation(
      rule, site: site, at: .extent(.root, slot: index, field),
      offset: field.position(inNodeAt: start, slot: index), length: UInt64(field.layout.width),
      expected: expected, actual: actual)
  }
}
