package import VCIFormat

/// A read: the blocks of the disk that are requested.
package struct ReadRequest: Hashable, Sendable {
  /// The first disk block.
  package let block: BlockOffset
  /// The number of disk blocks, at least 1.
  package let count: BlockCount

  package init(_ block: BlockOffset, _ count: BlockCount) {
    self.block = block
    self.count = count
  }
}

/// The reads of an image in which a wrong reader is likely to show: at edges of extents, gaps and
/// nodes, of long runs, over long gaps, and of blocks that some arithmetic takes for cached ones.
package struct AimedReads: Sendable {
  /// A kind of read. Most kinds have a read for each run, that is for each extent and each damaged
  /// range.
  package enum Kind: CaseIterable, Sendable {
    /// The first block of a run, and the block before it.
    case lowerEdge
    /// The last block of a run, and the block after it.
    case upperEdge
    /// A whole run.
    case whole
    /// Some blocks of the gap before a run, and the run's first blocks.
    case fromGap
    /// From the middle of a run to the middle of the second run after it.
    case overThree
    /// The last block of a run, the gap after it, and the first block of the next run.
    case overGap
    /// Two blocks around the border of a node's range. There is a read for each border.
    case border
    /// From the first block of the disk to the end of the last run; 8 blocks if there is none.
    case fromStart
    /// The block that is 2^32 blocks after the last one of a run.
    case alias32
    /// The block that is 2^54 blocks after the last one of a run.
    case alias54
    /// The block that is 2^55 blocks after the last one of a run.
    case alias55
    /// The block that is 2^63 blocks after the last one of a run.
    case alias63
    /// The last block of the largest disk, and the block after it.
    case diskEnd
    /// The first block after the largest disk.
    case pastDisk
  }

  let forecast: ReadForecast

  /// Makes the reads of the image with this forecast.
  package init(_ forecast: ReadForecast) { self.forecast = forecast }

  /// Returns the read of `kind` at run or border `index`; `nil` if there is none.
  ///
  /// - Complexity: O(1).
  package func request(_ kind: Kind, at index: Int) -> ReadRequest? {
    switch kind {
    case .border: border(index)
    case .fromStart: fromStart
    case .diskEnd: ReadRequest(Format.diskEnd - 1, 2)
    case .pastDisk: ReadRequest(Format.diskEnd, 1)
    case .lowerEdge, .upperEdge, .whole, .fromGap, .overThree, .overGap, .alias32, .alias54,
      .alias55, .alias63:
      index < forecast.count ? request(kind, forecast.run(index), index) : nil
    }
  }

  /// The largest number of blocks of a gap, and of the run after it, that `fromGap` reads.
  private static let fromGapBlocks: UInt64 = 8

  private func request(_ kind: Kind, _ run: ReadForecast.Run, _ index: Int) -> ReadRequest? {
    switch kind {
    case .lowerEdge: return around(run.offset)
    case .upperEdge: return around(run.end)
    case .whole: return ReadRequest(run.offset, run.blocks)
    case .fromGap:
      let gap = min(gap(before: index).rawValue, Self.fromGapBlocks)
      guard gap > 0 else { return nil }
      let data = min(run.blocks.rawValue, Self.fromGapBlocks)
      return ReadRequest(run.offset - BlockCount(gap), BlockCount(gap + data))
    case .overThree:
      guard index + 2 < forecast.count else { return nil }
      let last = forecast.run(index + 2)
      return Self.request(from: middle(of: run), to: middle(of: last) + 1)
    case .overGap:
      guard index + 1 < forecast.count, gap(before: index + 1) > 0 else { return nil }
      return Self.request(from: run.last, to: forecast.run(index + 1).offset + 1)
    case .alias32: return alias(of: run, bit: 32)
    case .alias54: return alias(of: run, bit: 54)
    case .alias55: return alias(of: run, bit: 55)
    case .alias63: return alias(of: run, bit: 63)
    case .border, .fromStart, .diskEnd, .pastDisk: return nil
    }
  }

  private static func request(from first: BlockOffset, to end: BlockOffset) -> ReadRequest {
    ReadRequest(first, end - first)
  }

  /// Returns the blocks before and at `edge`.
  func around(_ edge: BlockOffset) -> ReadRequest {
    edge > 0 ? ReadRequest(edge - 1, 2) : ReadRequest(0, 1)
  }

  private func middle(of run: ReadForecast.Run) -> BlockOffset {
    run.offset + BlockCount(run.blocks.rawValue / 2)
  }

  private func alias(of run: ReadForecast.Run, bit: UInt64) -> ReadRequest? {
    run.last.adding(BlockCount(1 << bit)).map { ReadRequest($0, 1) }
  }

  private func border(_ index: Int) -> ReadRequest? {
    index < forecast.borders.count ? around(forecast.borders[index]) : nil
  }

  private var fromStart: ReadRequest {
    let count = forecast.count
    return count > 0 ? Self.request(from: 0, to: forecast.run(count - 1).end) : ReadRequest(0, 8)
  }

  /// Returns the number of blocks between run `index` and the run before it, or the disk's start.
  func gap(before index: Int) -> BlockCount {
    forecast.run(index).offset - (index > 0 ? forecast.run(index - 1).end : 0)
  }
}
