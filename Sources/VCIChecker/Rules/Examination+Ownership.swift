internal import VCIFormat

/// What is owned, and what a bitmap says of it.
struct Survey {
  /// How many blocks hold metadata.
  var metadata: UInt64 = 0
  /// How many blocks hold data, and no metadata.
  var data: UInt64 = 0
  /// Whether some block is claimed twice.
  var collides = false
  /// Leaks and clear bits; `nil` where there are none.
  var ledger: OwnershipLedger?
}

extension Examination {
  /// Judges bitmap and counters against the blocks that are owned.
  mutating func judgeOwnership() throws(StorageError) {
    tell?(.owners(extents: claims.count))
    var survey = try glanceAtBitmap()
    if survey == nil { survey = try surveyBitmap() }
    guard let survey else { return }
    report.recomputed = Report.Counters(
      free: header.blocks.rawValue
        - min(survey.metadata + survey.data, header.blocks.rawValue),
      metadata: survey.metadata, data: survey.data)
    if survey.collides { judgeCollisions() }
    if let ledger = survey.ledger { judgeUnmarked(ledger) }
    guard !isTouched else { return }
    if let ledger = survey.ledger { judgeLeaks(ledger) }
    judgeTotals(survey)
  }

  /// Marks what is owned and compares it with the bitmap; `nil` where they differ, where blocks are
  /// claimed twice, or where the cache is too large for it.
  private mutating func glanceAtBitmap() throws(StorageError) -> Survey? {
    defer { owned.removeAll() }
    guard owned.begin(header.blocks.rawValue, claims: claims.count + nodes.count),
      let survey = markOwned(), try bitmapAgrees()
    else { return nil }
    return survey
  }

  private mutating func markOwned() -> Survey? {
    var survey = Survey()
    survey.metadata =
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
      survey.data += count
    }
    return survey
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

  /// Walks the whole bitmap against all claims, both ascending.
  private mutating func surveyBitmap() throws(StorageError) -> Survey {
    let metadata = metadataClaims()
    var ofMetadata = ClaimedRuns(metadata: metadata)
    while ofMetadata.next() != nil {}
    var data: [Claim] = []
    data.reserveCapacity(claims.count)
    for piece in claims.pieces { data += piece }
    data.sort(by: Claim.ascends)
    var sweep = BitSweep(
      owned: ClaimedRuns(metadata: metadata, data: data), limit: header.blocks.rawValue,
      handler: OwnershipLedger(metadata: metadata, data: data, budget: budget))
    bitmap.rewind()
    while try bitmap.readPiece() {
      let bytes = unsafe bitmap.bytes.span.bytes.extracting(0..<bitmap.piece.count)
      sweep.walk(bytes, from: bitmap.piece.lowerBound * 8)
    }
    sweep.finish()
    var ledger = sweep.handler
    ledger.forgetClaims()
    return Survey(
      metadata: ofMetadata.total, data: sweep.owned.total - ofMetadata.total,
      collides: sweep.owned.collide, ledger: ledger)
  }

  /// The claims of header, map and nodes, ascending.
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
    metadata.sort(by: Claim.ascends)
    return metadata
  }

  private mutating func judgeUnmarked(_ ledger: OwnershipLedger) {
    judgeUnmarked(ledger.unmarkedMetadata, .nodeAllocated)
    judgeUnmarked(ledger.unmarkedData, .extentAllocated)
  }

  /// Judges the claims of metadata or of data whose bits are not all set; those that were only counted
  /// break `rule`, as the last that was kept does.
  private mutating func judgeUnmarked(_ unmarked: Earliest, _ rule: Rule) {
    var unmarked = unmarked
    let kept = unmarked.settled()
    for suspect in kept { addUnmarked(suspect) }
    guard broken.contains(rule) else { return }
    report.addUnkept(
      unmarked.count - kept.count, of: rule, rule.ruleClass(dirty: header.isDirty))
  }

  private mutating func addUnmarked(_ suspect: Suspect) {
    let block = suspect.number
    guard let node = suspect.claim.node, node > 0 || suspect.claim.isData else {
      add(
        .mapHoldsMetadata, at: bits(of: block..<block + 1), expected: .exactly(1), actual: 0)
      return
    }
    if suspect.claim.isData {
      add(
        .extentAllocated, at: place(of: suspect.claim), expected: .not(block), actual: block)
    } else {
      add(.nodeAllocated, at: namingPlace(of: node), expected: .not(block), actual: block)
    }
  }

  private mutating func judgeLeaks(_ ledger: OwnershipLedger) {
    for leak in ledger.leaks {
      add(
        .blockOwned, at: bits(of: leak), expected: .exactly(0),
        actual: leak.upperBound - leak.lowerBound)
    }
    guard broken.contains(.blockOwned) else { return }
    report.addUnkept(
      ledger.leakCount - ledger.leaks.count, of: .blockOwned,
      Rule.blockOwned.ruleClass(dirty: header.isDirty))
  }

  private mutating func judgeTotals(_ survey: Survey) {
    guard let stored = report.stored else { return }
    let hasLeaks = (survey.ledger?.leakCount ?? 0) > 0
    let holds = { (metadata: UInt64, data: UInt64) in
      hasLeaks
        ? metadata >= survey.metadata && data >= survey.data
        : metadata == survey.metadata && data == survey.data
    }
    guard !holds(stored.metadata, stored.data) else { return }
    // Both counters, which stand side by side.
    let first = mapField(.mapMetadata)
    let place = Place(first.path, offset: first.offset, length: 2 * first.length)
    if stored.metadata != stored.data, holds(stored.data, stored.metadata) {
      add(
        .mapTotalsApart, at: place, expected: .exactly(survey.metadata), actual: stored.metadata)
    } else {
      let isMetadata =
        hasLeaks ? stored.metadata < survey.metadata : stored.metadata != survey.metadata
      let expected = isMetadata ? survey.metadata : survey.data
      add(
        .mapTotals, at: place, expected: hasLeaks ? .atLeast(expected) : .exactly(expected),
        actual: isMetadata ? stored.metadata : stored.data)
    }
  }
}
