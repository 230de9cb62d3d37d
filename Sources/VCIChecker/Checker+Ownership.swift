internal import VCIFormat

/// Gathers what a sweep of the bitmap finds: leaks, and of each owner the first clear bit.
private struct OwnershipLedger: BitSweepHandler {
  /// In walk order.
  private(set) var owners: [Owner]
  private(set) var leaks: [Range<UInt64>] = []
  private(set) var leakCount = 0
  private let budget: Int
  /// The owners by their first block, once there is a clear bit, and how many of them are done.
  private var byAddress: [Int] = []
  private var done = 0

  init(_ owners: [Owner], budget: Int) {
    self.owners = owners
    self.budget = budget
  }

  mutating func leak(_ run: Range<UInt64>) {
    leakCount += 1
    if leaks.count < budget { leaks.append(run) }
  }

  mutating func clear(_ run: Range<UInt64>) {
    if byAddress.isEmpty {
      byAddress = owners.indices.sorted {
        owners[$0].blocks.lowerBound < owners[$1].blocks.lowerBound
      }
    }
    // Runs ascend, so who starts before this one's end has a clear bit in it or in none so far;
    // who ends before it has none at all. Either way each owner is looked at once.
    while done < byAddress.count, owners[byAddress[done]].blocks.lowerBound < run.upperBound {
      let common = owners[byAddress[done]].blocks.clamped(to: run)
      if !common.isEmpty { owners[byAddress[done]].firstClear = common.lowerBound }
      done += 1
    }
  }
}

extension Checker {
  /// Judges bitmap and counters against the blocks that are owned.
  func judgeOwnership(totalsAreJudged: Bool) throws(StorageError) {
    let ledger = try sweepBitmap()
    for owner in ledger.owners where owner.firstClear != nil { addClear(owner) }
    let owned = claims.metadata + claims.data
    report.recomputed = Report.Counters(
      free: header.blocks.rawValue - min(owned, header.blocks.rawValue),
      metadata: claims.metadata, data: claims.data)
    guard totalsAreJudged else { return }
    for leak in ledger.leaks { addLeak(leak) }
    if broken.contains(.blockOwned) {
      report.addUnkept(
        ledger.leakCount - ledger.leaks.count,
        of: Rule.blockOwned.ruleClass(dirty: header.isDirty))
    }
    judgeTotals(hasLeaks: ledger.leakCount > 0)
  }

  /// Walks the whole bitmap against the claims, and keeps one leak at least.
  private func sweepBitmap() throws(StorageError) -> OwnershipLedger {
    let ledger = OwnershipLedger(claims.owners, budget: max(1, budget))
    var sweep = BitSweep(owned: claims.runs, limit: header.blocks.rawValue, handler: ledger)
    bitmap.rewind()
    while try bitmap.readPiece() {
      let bytes = unsafe bitmap.bytes.span.bytes.extracting(0..<bitmap.piece.count)
      sweep.walk(bytes, from: bitmap.piece.lowerBound * 8)
    }
    sweep.finish()
    return sweep.handler
  }

  private func addClear(_ owner: Owner) {
    guard let block = owner.firstClear else { return }
    if let extent = owner.extent {
      add(
        addressField(
          .extentAllocated, .checkerExtentAllocated, claims.extents[extent], .not(block), block))
    } else {
      add(
        Violation(
          .mapHoldsMetadata, site: .checkerMapHoldsMetadata, at: .bit(BlockAddress(block)),
          offset: bitmapStart + block / 8, length: 1, expected: .exactly(1), actual: 0,
          inDirtyImage: header.isDirty))
    }
  }

  private func addLeak(_ run: Range<UInt64>) {
    add(
      Violation(
        .blockOwned, site: .checkerBlockOwned, at: .bit(BlockAddress(run.lowerBound)),
        offset: bitmapStart + run.lowerBound / 8,
        length: 1 + (run.upperBound - 1) / 8 - run.lowerBound / 8,
        expected: .exactly(0), actual: run.upperBound - run.lowerBound,
        inDirtyImage: header.isDirty))
  }

  private func judgeTotals(hasLeaks: Bool) {
    guard let stored = report.stored else { return }
    let owned = (metadata: claims.metadata, data: claims.data)
    let holds = { (metadata: UInt64, data: UInt64) in
      hasLeaks
        ? metadata >= owned.metadata && data >= owned.data
        : metadata == owned.metadata && data == owned.data
    }
    guard !holds(stored.metadata, stored.data) else { return }
    if stored.metadata != stored.data, holds(stored.data, stored.metadata) {
      add(
        totals(
          .mapTotalsApart, .checkerMapTotalsApart, .exactly(owned.metadata), stored.metadata))
    } else {
      let isMetadata =
        hasLeaks ? stored.metadata < owned.metadata : stored.metadata != owned.metadata
      let expected = isMetadata ? owned.metadata : owned.data
      add(
        totals(
          .mapTotals, .checkerMapTotals, hasLeaks ? .atLeast(expected) : .exactly(expected),
          isMetadata ? stored.metadata : stored.data))
    }
  }

  /// A violation of the two counters.
  private func totals(
    _ rule: Rule, _ site: Fault, _ expected: Expectation, _ actual: UInt64
  ) -> Violation? {
    Violation(
      rule, site: site, at: .field(.mapMetadata),
      offset: Field.mapMetadata.position(from: header.blockMap.bytes), length: 16,
      expected: expected, actual: actual)
  }
}
