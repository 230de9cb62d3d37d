internal import VCIFormat

/// Something that owns blocks, and the first of them whose bit is clear.
private struct Owner {
  let data: Range<UInt64>
  /// The extent; `nil` for header, map and root.
  let slot: UsedSlot?
  var firstClear: UInt64?

  init(_ range: BlockRange, _ slot: UsedSlot? = nil) {
    data = range.first.rawValue..<range.first.rawValue + range.count.rawValue
    self.slot = slot
  }
}

/// Gathers what a sweep of the bitmap finds: leaks, and of each owner the first clear bit.
private struct OwnershipLedger: BitSweepHandler {
  /// In walk order.
  private(set) var owners: [Owner]
  /// Those without a clear bit so far, by address; `nil` as long as there is no clear bit at all.
  private var pending: [Int]?
  private(set) var leaks: [Range<UInt64>] = []
  private(set) var leakCount = 0
  private let budget: Int

  init(_ owners: [Owner], budget: Int) {
    self.owners = owners
    self.budget = budget
  }

  mutating func leak(_ run: Range<UInt64>) {
    leakCount += 1
    if leaks.count < budget { leaks.append(run) }
  }

  mutating func clear(_ run: Range<UInt64>) {
    let candidates =
      pending
      ?? owners.indices.sorted { owners[$0].data.lowerBound < owners[$1].data.lowerBound }
    pending = candidates.filter { index in
      let common = owners[index].data.clamped(to: run)
      if !common.isEmpty { owners[index].firstClear = common.lowerBound }
      return common.isEmpty && owners[index].data.upperBound > run.upperBound
    }
  }
}

extension Checker {
  /// Judges bitmap and counters against the blocks that are owned.
  func judgeOwnership(
    _ claims: [UsedSlot], _ owned: Owned, totalsAreJudged: Bool
  ) throws(StorageError) {
    let parts = [
      BlockRange(0, Format.headerBlocks), BlockRange(header.blockMap, header.blockMapBlocks),
      BlockRange(header.treeRoot, Format.nodeBlocks),
    ]
    let ledger = OwnershipLedger(
      parts.map { Owner($0) } + claims.map { Owner($0.extent.data, $0) }, budget: budget)
    var sweep = BitSweep(owned: owned.runs, limit: header.blocks.rawValue, handler: ledger)
    bitmap.rewind()
    while try bitmap.readPiece() {
      let bytes = unsafe bitmap.bytes.span.bytes.extracting(0..<bitmap.piece.count)
      sweep.walk(bytes, from: bitmap.piece.lowerBound * 8)
    }
    sweep.finish()
    for owner in sweep.handler.owners where owner.firstClear != nil { addClear(owner) }
    report.recomputed = Report.Counters(
      free: header.blocks.rawValue - owned.metadata - owned.data, metadata: owned.metadata,
      data: owned.data)
    guard totalsAreJudged else { return }
    let ledgerAtEnd = sweep.handler
    for leak in ledgerAtEnd.leaks { addLeak(leak) }
    if broken.contains(.blockOwned) {
      report.addUnkept(
        ledgerAtEnd.leakCount - ledgerAtEnd.leaks.count,
        of: Rule.blockOwned.ruleClass(dirty: header.isDirty))
    }
    judgeTotals(owned, hasLeaks: sweep.handler.leakCount > 0)
  }

  private func addClear(_ owner: Owner) {
    guard let block = owner.firstClear else { return }
    if let slot = owner.slot {
      add(
        addressField(
          .extentAllocated, .checkerExtentAllocated, slot, .not(block),
          slot.extent.address.rawValue))
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

  private func judgeTotals(_ owned: Owned, hasLeaks: Bool) {
    guard let stored = report.stored else { return }
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
