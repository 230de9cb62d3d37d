internal import VCIFormat

extension Checker {
  /// Judges the tree and everything that is owned, for a root that is a leaf.
  func judgeTree(_ source: any ByteSource) throws(StorageError) {
    judgeStray()
    let cached = leaf.used.reduce(0) { $0 + $1.extent.blocks.rawValue }
    report.tree = Report.Tree(
      depth: 1, leaves: 1, extents: leaf.used.count, cachedBlocks: cached)
    let claims = judgeExtents()
    let isTouched = broken.intersects(Self.touched)
    let sums = judgeCollisions(claims)
    try judgeOwnership(claims, sums, totalsAreJudged: !isTouched)
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

  /// Judges each used extent by itself; answers those whose data can be read.
  private func judgeExtents() -> [UsedSlot] {
    var claims: [UsedSlot] = []
    claims.reserveCapacity(leaf.used.count)
    for slot in leaf.used {
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
      if isPlaced(slot) { claims.append(slot) }
    }
    return claims
  }

  /// Judges where an extent's data lies; answers whether it can be read.
  private func isPlaced(_ slot: UsedSlot) -> Bool {
    let data = slot.extent.data
    if !data.isWithin(Format.firstBlock, cacheEnd) {
      add(
        addressField(
          .extentInRange, .checkerExtentInRange, slot, .within(2, header.blocks.rawValue),
          data.first.rawValue))
      return false
    }
    if !data.isWithin(0, fileEnd) {
      add(
        addressField(
          .dataInFile, .checkerDataInFile, slot, .atMost(fileEnd.rawValue),
          data.end?.rawValue ?? .max))
      return false
    }
    return true
  }

  /// Judges which extents meet metadata or each other; answers how many blocks are owned.
  private func judgeCollisions(_ claims: [UsedSlot]) -> Owned {
    let map = BlockRange(header.blockMap, header.blockMapBlocks)
    let root = BlockRange(header.treeRoot, Format.nodeBlocks)
    for slot in claims where slot.extent.data.overlaps(map) || slot.extent.data.overlaps(root) {
      add(
        addressField(
          .extentApartFromMetadata, .checkerExtentApartFromMetadata, slot,
          .not(slot.extent.address.rawValue), slot.extent.address.rawValue))
    }
    let owned = Owned(
      metadata: [BlockRange(0, Format.headerBlocks), map, root],
      data: claims.map(\.extent.data))
    guard owned.hasCollisions else { return owned }
    for (index, slot) in claims.enumerated() {
      let earlier = claims[..<index].first { $0.extent.data.overlaps(slot.extent.data) }
      guard let earlier else { continue }
      add(
        addressField(
          .extentApartFromData, .checkerExtentApartFromData, slot,
          .not(earlier.extent.address.rawValue), slot.extent.address.rawValue))
    }
    return owned
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

/// The blocks that metadata and data own.
struct Owned {
  /// All of them, as ascending runs that do not touch.
  let runs: [Range<UInt64>]
  /// How many hold metadata.
  let metadata: UInt64
  /// How many hold data, and no metadata.
  let data: UInt64
  /// Whether some block is claimed twice.
  let hasCollisions: Bool

  /// - Precondition: every range ends where 64 bits can hold it, and those of metadata are apart.
  init(metadata parts: [BlockRange], data ranges: [BlockRange]) {
    var claims: [Range<UInt64>] = []
    claims.reserveCapacity(parts.count + ranges.count)
    var claimed: UInt64 = 0
    for range in parts + ranges {
      claims.append(range.first.rawValue..<range.first.rawValue + range.count.rawValue)
      claimed += range.count.rawValue
    }
    claims.sort { $0.lowerBound < $1.lowerBound }
    var runs: [Range<UInt64>] = []
    runs.reserveCapacity(claims.count)
    for claim in claims {
      if let last = runs.last, claim.lowerBound <= last.upperBound {
        runs[runs.count - 1] = last.lowerBound..<max(last.upperBound, claim.upperBound)
      } else {
        runs.append(claim)
      }
    }
    let total = runs.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) }
    metadata = parts.reduce(0) { $0 + $1.count.rawValue }
    data = total - metadata
    hasCollisions = total != claimed
    self.runs = runs
  }
}
