internal import VCIFormat

extension StoredTree {
  /// What a read is answered from.
  enum Answer {
    /// The file blocks that hold what is served.
    case hit(BlockRange)
    /// How many disk blocks are not cached.
    case miss(BlockCount)
  }

  /// The answer to a read of `count` blocks from `block` on: of one extent, or of one gap.
  ///
  /// - Throws: `ImageError.violation` where a node on the way to `block`, or the extent that holds
  ///   it, is damaged, `.fileShrank`, `.storage`.
  func answer(from block: BlockOffset, _ count: BlockCount) throws(ImageError) -> Answer {
    guard block < Format.diskEnd else { return .miss(count) }
    let end = min(Format.diskEnd, BlockOffset(block.rawValue.saturatingSum(count)))
    let next: BlockOffset
    switch try first(from: block, before: end) {
    case nil: return .miss(count)
    case .damage(let violation, let start):
      guard start > block else { throw .violation(violation) }
      next = start
    case .extent(let found):
      guard found.extent.offset > block else { return .hit(try served(found, block, count)) }
      next = found.extent.offset
    }
    let missed = BlockCount(min(count.rawValue, next.rawValue - block.rawValue))
    return .miss(Faults.missed(missed, of: count))
  }

  /// Where the file has as many of `count` blocks from `block` on as the extent holds.
  private func served(
    _ found: Found, _ block: BlockOffset, _ count: BlockCount
  ) throws(ImageError) -> BlockRange {
    try judge(found)
    let step = block.rawValue - found.extent.offset.rawValue
    // The address was judged; the sum wraps only where that judgement is silenced.
    let first = BlockAddress(found.extent.address.rawValue &+ step)
    return BlockRange(
      first, BlockCount(min(count.rawValue, found.extent.blocks.rawValue - step)))
  }

  /// Judges that the data of an extent can be served.
  ///
  /// - Throws: `ImageError.violation` for VCI-EXT-003, VCI-FILE-006, VCI-EXT-007.
  func judge(_ found: Found) throws(ImageError) {
    let data = found.extent.data
    let isHeader = Faults.takesAddressZero && data.first == 0
    if !data.isWithin(Format.firstBlock, cacheEnd), !isHeader {
      try refuse(
        .extentInRange, at: found.place.slot(found.slot, .extentAddress),
        expected: .within(2, cacheEnd.rawValue), actual: data.first.rawValue)
    } else if !data.isWithin(0, fileEnd) {
      try refuse(
        .dataInFile, at: found.place.slot(found.slot, .extentAddress),
        expected: .within(2, fileEnd.rawValue), actual: data.first.rawValue)
    }
    if found.extent.flags != 0, !Faults.servesFlags {
      try refuse(
        .extentFlags, at: found.place.slot(found.slot, .extentFlags), expected: .exactly(0),
        actual: UInt64(found.extent.flags))
    }
  }
}
