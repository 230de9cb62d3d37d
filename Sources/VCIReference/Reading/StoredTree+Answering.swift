internal import VCIFormat

extension StoredTree {
  /// The answer to a read.
  enum Answer {
    /// The blocks of the file to serve.
    case hit(BlockRange)
    /// So many disk blocks are not cached.
    case miss(BlockCount)
  }

  /// The answer to a read of `count` blocks from `block` on: part of one extent, or part of one
  /// gap.
  ///
  /// - Throws: `ImageError.violation` if a node on the way to `block`, or the extent that holds it,
  ///   is damaged; `.fileShrank`, `.storage`.
  func answer(from block: BlockOffset, _ count: BlockCount) throws(ImageError) -> Answer {
    guard block < Format.diskEnd else { return .miss(count) }
    let end = block.end(of: count)
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
    let missed = min(count, next - block)
    return .miss(Faults.missed(missed, of: count))
  }

  /// The blocks of the file that have the `count` blocks from `block` on, as far as the extent
  /// goes.
  private func served(
    _ found: FoundExtent, _ block: BlockOffset, _ count: BlockCount
  ) throws(ImageError) -> BlockRange {
    try requireServable(found)
    let step = block - found.extent.offset
    // The sum wraps only if the fault of VCI-EXT-003 is planted.
    let first = BlockAddress(found.extent.address.rawValue &+ step.rawValue)
    return BlockRange(first, min(count, found.extent.blocks - step))
  }

  /// VCI-EXT-003, VCI-FILE-006, VCI-EXT-007: the data of an extent can be served.
  func requireServable(_ found: FoundExtent) throws(ImageError) {
    let data = found.extent.data
    let isHeader = Faults.takesAddressZero && data.first == 0
    if !data.isWithin(Format.firstBlock, cacheEnd), !isHeader {
      try refuse(
        .extentInRange, at: found.place(.extentAddress),
        expected: .within(2, cacheEnd.rawValue), actual: data.first.rawValue)
    } else if !data.isWithin(0, fileEnd) {
      try refuse(
        .dataInFile, at: found.place(.extentAddress),
        expected: .within(2, fileEnd.rawValue), actual: data.first.rawValue)
    }
    try require(
      .extentFlags, found.extent.flags == 0 || Faults.servesFlags, at: found.place(.extentFlags),
      expected: .exactly(0), actual: UInt64(found.extent.flags))
  }
}
