internal import VCIFormat

extension Checker {
  /// Judges the tree and everything that is owned, for a root that is a leaf.
  func judgeTree(_ source: any ByteSource) throws(StorageError) {
    judgeStray()
    let cached = leaf.used.reduce(0) { $0 + $1.extent.blocks.rawValue }
    report.tree = Report.Tree(
      depth: 1, leaves: 1, extents: leaf.used.count, cachedBlocks: cached)
    claimMetadata()
    judgeExtents()
    claims.settle()
    judgeCollisions()
    let isTouched = broken.intersects(Self.touched)
    try judgeOwnership(totalsAreJudged: !isTouched)
    if !isTouched, !header.isDirty { judgeLinks() }
  }

  /// Corruptions of stage touch: what lies below is unknown, and no total is judged.
  private static let touched: RuleSet = [.extentInRange, .dataInFile, .extentFlags]

  private func judgeStray() {
    guard let stray = leaf.firstStray else { return }
    add(
      Violation(
        .nodeRestZero, site: .checkerNodeRestZero, at: .node(.root, .nodeEntries),
        offset: header.treeRoot.bytes + UInt64(stray), length: 1, expected: .exactly(0),
        actual: UInt64(rootBytes[stray])))
  }

  /// Where the block map lies.
  private var mapRange: BlockRange { BlockRange(header.blockMap, header.blockMapBlocks) }

  /// Where the root lies.
  private var rootRange: BlockRange { BlockRange(header.treeRoot, Format.nodeBlocks) }

  private func claimMetadata() {
    claims.removeAll()
    claims.claim(BlockRange(0, Format.headerBlocks))
    claims.claim(mapRange)
    claims.claim(rootRange)
  }

  /// Judges each used extent by itself, and claims the data of those that can be read.
  private func judgeExtents() {
    let end = min(cacheEnd, fileEnd)
    // One access to the claims for all extents, and what is in order is seen at one glance.
    claims.claim(leaf.used) { slot in
      let extent = slot.extent
      if extent.flags | extent.reserved != 0 { judgeFlags(slot) }
      return extent.data.isWithin(Format.firstBlock, end) || isPlaced(slot)
    }
  }

  private func judgeFlags(_ slot: UsedSlot) {
    let extent = slot.extent
    if extent.flags != 0 {
      add(
        Violation(
          .extentFlags, site: .checkerExtentFlags,
          at: .extent(.root, slot: slot.index, .extentFlags),
          offset: place(slot.index, .extentFlags), length: 1, expected: .exactly(0),
          actual: UInt64(extent.flags)))
    }
    if extent.reserved != 0 {
      add(
        Violation(
          .extentReservedZero, site: .checkerExtentReservedZero,
          at: .extent(.root, slot: slot.index, .extentReserved),
          offset: place(slot.index, .extentReserved), length: 1, expected: .exactly(0),
          actual: UInt64(extent.reserved)))
    }
  }

  /// Judges where an extent's data lies; answers whether it can be read.
  private func isPlaced(_ slot: UsedSlot) -> Bool {
    let data = slot.extent.data
    if !data.isWithin(Format.firstBlock, cacheEnd) {
      let last = header.blocks.rawValue - min(data.count.rawValue, header.blocks.rawValue)
      let isNoted = add(
        addressField(
          .extentInRange, .checkerExtentInRange, slot, .between(2, last), data.first.rawValue))
      if isNoted { return false }
    }
    if !data.isWithin(0, fileEnd) {
      let isNoted = add(
        addressField(
          .dataInFile, .checkerDataInFile, slot, .atMost(fileEnd.rawValue),
          data.end?.rawValue ?? .max))
      if isNoted { return false }
    }
    // A range without an end owns nothing, also where its finding is silenced.
    return data.end != nil
  }

  /// Judges which extents meet metadata or each other.
  private func judgeCollisions() {
    guard claims.hasCollisions else { return }
    for slot in claims.extents {
      let data = slot.extent.data
      guard let metadata = [mapRange, rootRange].first(where: data.overlaps) else { continue }
      add(
        addressField(
          .extentApartFromMetadata, .checkerExtentApartFromMetadata, slot,
          data.place(apartFrom: metadata), data.first.rawValue))
    }
    for (index, slot) in claims.extents.enumerated() {
      let data = slot.extent.data
      let earlier = claims.extents[..<index].first { $0.extent.data.overlaps(data) }
      guard let earlier else { continue }
      add(
        addressField(
          .extentApartFromData, .checkerExtentApartFromData, slot,
          data.place(apartFrom: earlier.extent.data), data.first.rawValue))
    }
  }

  func addressField(
    _ rule: Rule, _ site: Fault, _ slot: UsedSlot, _ expected: Expectation, _ actual: UInt64
  ) -> Violation? {
    Violation(
      rule, site: site, at: .extent(.root, slot: slot.index, .extentAddress),
      offset: place(slot.index, .extentAddress), length: 8, expected: expected, actual: actual,
      inDirtyImage: header.isDirty)
  }
}

extension BlockRange {
  /// Where the range would have to start so as not to meet `other`, on the side that is nearer.
  ///
  /// - Precondition: the two overlap, and `other` ends where 64 bits can hold it.
  func place(apartFrom other: BlockRange) -> Expectation {
    let isBefore = first < other.first && other.first.rawValue >= count.rawValue + 2
    return isBefore
      ? .atMost(other.first.rawValue - count.rawValue) : .atLeast(other.end?.rawValue ?? .max)
  }
}
