internal import VCIFormat

/// The blocks that are owned, and where the bitmap differs from them.
struct BitmapComparison {
  /// The number of blocks that hold metadata.
  var metadata: UInt64 = 0
  /// The number of blocks that hold data and no metadata.
  var data: UInt64 = 0
  /// Whether some block is claimed twice.
  var hasOverlaps = false
  /// Leaks and clear bits; `nil` if there are none.
  var ledger: OwnershipLedger?
}

extension Examination {
  /// VCI-MAP-008, VCI-NODE-003, VCI-EXT-004, VCI-OCC-001, VCI-MAP-009, VCI-MAP-010: bitmap and
  /// counters agree with the blocks that are owned.
  ///
  /// VCI-NODE-005, VCI-EXT-005, VCI-EXT-006: no block is owned twice.
  mutating func checkOwnership() throws(StorageError) {
    tell?(.owners(extents: claims.count))
    var comparison = try compareBitmapFast()
    if comparison == nil { comparison = try compareBitmap() }
    guard let comparison else { return }
    report.recomputed = Report.Counters(
      free: header.blocks.rawValue
        - min(comparison.metadata + comparison.data, header.blocks.rawValue),
      metadata: comparison.metadata, data: comparison.data)
    if comparison.hasOverlaps { checkOverlaps() }
    if let ledger = comparison.ledger {
      checkUnmarked(ledger.unmarkedMetadata, .nodeAllocated)
      checkUnmarked(ledger.unmarkedData, .extentAllocated)
    }
    guard !isTouched else { return }
    if let ledger = comparison.ledger { checkLeaks(ledger) }
    checkTotals(comparison)
  }

  /// Marks what is owned in bits, and compares these with the bitmap.
  ///
  /// Returns `nil` if they differ, if blocks are claimed twice, or if the bits would take too much
  /// memory.
  private mutating func compareBitmapFast() throws(StorageError) -> BitmapComparison? {
    defer { owned.removeAll() }
    guard owned.begin(header.blocks.rawValue, claims: claims.count + nodes.count),
      let comparison = markOwned(), try bitmapAgrees()
    else { return nil }
    return comparison
  }

  private mutating func markOwned() -> BitmapComparison? {
    var comparison = BitmapComparison()
    comparison.metadata =
      Format.headerBlocks.rawValue + header.blockMapBlocks.rawValue
      + UInt64(nodes.count) * Format.nodeBlocks.rawValue
    guard owned.claim(BlockRange(0, Format.headerBlocks)), owned.claim(mapRange) else {
      return nil
    }
    for index in 0..<UInt32(nodes.count) {
      guard owned.claim(BlockRange(nodes[index].address, Format.nodeBlocks)) else { return nil }
    }
    for piece in claims.pieces {
      guard let count = owned.claim(piece) else { return nil }
      comparison.data += count
    }
    return comparison
  }

  private mutating func bitmapAgrees() throws(StorageError) -> Bool {
    bitmap.rewind()
    var position: UInt64 = 0
    while try bitmap.readPiece() {
      let first = bitmap.piece.lowerBound * 8
      // What lies between two pieces is a hole.
      guard owned.areFree(position..<max(position, first)) else { return false }
      let bytes = unsafe bitmap.bytes.span.bytes.extracting(0..<bitmap.piece.count)
      guard owned.agree(with: bytes, from: first) else { return false }
      position = bitmap.piece.upperBound * 8
    }
    return owned.areFree(position..<max(position, header.blocks.rawValue))
  }

  /// Sweeps over the bitmap and over all claims, sorted by address, at the same time.
  private mutating func compareBitmap() throws(StorageError) -> BitmapComparison {
    let metadata = metadataClaims()
    var ofMetadata = ClaimedRuns(metadata: metadata)
    while ofMetadata.next() != nil {}
    var data: [Claim] = []
    data.reserveCapacity(claims.count)
    for piece in claims.pieces { data += piece }
    data.sort(by: Claim.ascend)
    var sweep = BitSweep(
      owned: ClaimedRuns(metadata: metadata, data: data), limit: header.blocks.rawValue,
      ledger: OwnershipLedger(metadata: metadata, data: data, budget: budget))
    bitmap.rewind()
    while try bitmap.readPiece() {
      let bytes = unsafe bitmap.bytes.span.bytes.extracting(0..<bitmap.piece.count)
      sweep.walk(bytes, from: bitmap.piece.lowerBound * 8)
    }
    sweep.finish()
    var ledger = sweep.ledger
    ledger.forgetClaims()
    return BitmapComparison(
      metadata: ofMetadata.total, data: sweep.owned.total - ofMetadata.total,
      hasOverlaps: sweep.owned.overlap, ledger: ledger)
  }

  /// Returns the claims of header, map and nodes, ascending.
  func metadataClaims() -> [Claim] {
    var metadata: [Claim] = []
    metadata.reserveCapacity(nodes.count + 2)
    metadata.append(Claim(metadata: BlockRange(0, Format.headerBlocks), number: 0))
    metadata.append(Claim(metadata: mapRange, number: 1))
    for index in 0..<UInt32(nodes.count) {
      metadata.append(
        Claim(
          metadata: BlockRange(nodes[index].address, Format.nodeBlocks), number: index + 2))
    }
    metadata.sort(by: Claim.ascend)
    return metadata
  }

  /// VCI-MAP-008, VCI-NODE-003, VCI-EXT-004: the bits of claimed blocks are set.
  ///
  /// Claims that were only counted break `rule`, as the last one that was kept does.
  private mutating func checkUnmarked(_ unmarked: EarliestClaims, _ rule: Rule) {
    var unmarked = unmarked
    let kept = unmarked.settled()
    for claim in kept { addUnmarked(claim.claim, firstClear: claim.block) }
    guard broken.contains(rule) else { return }
    report.addUnkept(unmarked.count - kept.count, of: rule)
  }

  private mutating func addUnmarked(_ claim: Claim, firstClear block: UInt64) {
    guard let node = claim.node, node > 0 || claim.isData else {
      add(
        .mapHoldsMetadata, at: bits(of: block..<block + 1), expected: .exactly(1), actual: 0)
      return
    }
    if claim.isData {
      add(
        .extentAllocated, at: place(of: claim), expected: .not(block), actual: block)
    } else {
      add(.nodeAllocated, at: namingPlace(of: node), expected: .not(block), actual: block)
    }
  }

  /// VCI-OCC-001: every set bit belongs to an owner.
  private mutating func checkLeaks(_ ledger: OwnershipLedger) {
    for leak in ledger.leaks {
      add(
        .blockOwned, at: bits(of: leak), expected: .exactly(0),
        actual: leak.upperBound - leak.lowerBound)
    }
    guard broken.contains(.blockOwned) else { return }
    report.addUnkept(ledger.leakCount - ledger.leaks.count, of: .blockOwned)
  }

  /// VCI-MAP-009, VCI-MAP-010: the counters of metadata and data.
  private mutating func checkTotals(_ comparison: BitmapComparison) {
    guard let stored = report.stored else { return }
    let hasLeaks = (comparison.ledger?.leakCount ?? 0) > 0
    let holds = { (metadata: UInt64, data: UInt64) in
      hasLeaks
        ? metadata >= comparison.metadata && data >= comparison.data
        : metadata == comparison.metadata && data == comparison.data
    }
    guard !holds(stored.metadata, stored.data) else { return }
    // The place is that of both counters, which lie side by side.
    let first = mapField(.mapMetadata)
    let place = Place(first.path, offset: first.offset, length: 2 * first.length)
    if stored.metadata != stored.data, holds(stored.data, stored.metadata) {
      add(
        .mapTotalsApart, at: place, expected: .exactly(comparison.metadata), actual: stored.metadata
      )
    } else {
      let isMetadata =
        hasLeaks ? stored.metadata < comparison.metadata : stored.metadata != comparison.metadata
      let expected = isMetadata ? comparison.metadata : comparison.data
      add(
        .mapTotals, at: place, expected: hasLeaks ? .atLeast(expected) : .exactly(expected),
        actual: isMetadata ? stored.metadata : stored.data)
    }
  }
}
