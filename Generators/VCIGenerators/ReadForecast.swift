public import VCIFormat

/// What reads of an image are to answer, told from the extents of its root.
///
/// It holds for an image that an open accepts: its extents ascend and do not overlap.
public struct ReadForecast: Sendable {
  /// What a read is to answer.
  public enum Answer: Hashable, Sendable {
    /// The blocks are cached: this many from here on, stored from this block of the file on.
    case hit(upTo: BlockCount, from: BlockAddress)
    /// They are not: this many from here on.
    case miss(upTo: BlockCount)
    /// They are cached, and damage stands before them: an error or a miss, never data.
    case damaged
  }

  private struct Cached {
    var offset: UInt64
    var blocks: UInt64
    var address: BlockAddress
    var isDamaged: Bool
  }

  private var cached: [Cached] = []

  /// Whether some extent is damaged, so that others may be missed or refused.
  public private(set) var hasDamage = false

  /// Makes the forecast for an image with these slots in its root, `blocks` in its header and
  /// `size` bytes in its file.
  public init(slots: some Sequence<Extent>, blocks: BlockCount, size: UInt64) {
    let fileEnd = BlockAddress(size / Format.blockSize)
    for extent in slots where extent.slotState == .used {
      let isPlaced =
        extent.data.isWithin(Format.firstBlock, BlockAddress(blocks.rawValue))
        && extent.data.isWithin(0, fileEnd)
      let isDamaged = !isPlaced || extent.flags != 0
      hasDamage = hasDamage || isDamaged
      cached.append(
        Cached(
          offset: extent.offset.rawValue, blocks: extent.blocks.rawValue,
          address: extent.address, isDamaged: isDamaged))
    }
  }

  /// Makes the forecast for an image whose model is known.
  public init(_ model: ImageModel) {
    self.init(slots: model.slots, blocks: model.header.blocks, size: model.size)
  }

  /// What a read of `count` blocks from `offset` on is to answer.
  public func answer(at offset: BlockOffset, count: BlockCount) -> Answer {
    let start = offset.rawValue
    var upper = cached.count
    var lower = 0
    while lower < upper {
      let middle = (lower + upper) / 2
      if cached[middle].offset <= start { lower = middle + 1 } else { upper = middle }
    }
    if lower > 0 {
      let extent = cached[lower - 1]
      let step = start - extent.offset
      if step < extent.blocks {
        guard !extent.isDamaged else { return .damaged }
        return .hit(
          upTo: BlockCount(min(count.rawValue, extent.blocks - step)),
          from: BlockAddress(extent.address.rawValue + step))
      }
    }
    let gap = lower < cached.count ? cached[lower].offset - start : .max
    return .miss(upTo: BlockCount(min(count.rawValue, gap)))
  }

  /// Block offsets worth reading at: the edges of extents, and what lies beside them.
  public func edges(of index: Int) -> [BlockOffset] {
    guard !cached.isEmpty else { return [0, 1] }
    let extent = cached[index % cached.count]
    let end = extent.offset &+ extent.blocks
    return [
      extent.offset, end &- 1, end, extent.offset > 0 ? extent.offset - 1 : 0,
      extent.offset &+ extent.blocks / 2,
    ].map { BlockOffset($0) }
  }

  /// How many extents there are.
  public var count: Int { cached.count }
}
