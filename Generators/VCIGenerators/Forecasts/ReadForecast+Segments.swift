package import VCIFormat

extension ReadForecast {
  /// A part of a read whose blocks are all in the same state.
  package struct Segment: Hashable, Sendable {
    /// The state of a block.
    package enum State: Hashable, Sendable {
      /// It is cached. The segment's blocks are stored in the file from this block on.
      case hit(from: BlockAddress)
      /// It is not cached.
      case miss
      /// It belongs to a damaged extent, or to the range of a damaged node.
      case damaged
    }

    /// The first disk block.
    package let block: BlockOffset
    /// The number of disk blocks.
    package let count: BlockCount
    package let state: State
    /// Whether the blocks lie below a node in which a single entry is damaged, so that they may be
    /// missed or refused for it (VCI-RD-004).
    package let isNear: Bool

    package init(
      block: BlockOffset, count: BlockCount, _ state: State, isNear: Bool = false
    ) {
      self.block = block
      self.count = count
      self.state = state
      self.isNear = isNear
    }
  }

  /// Returns the first segments, at most `most` of them, of a read of `count` blocks from `block`
  /// on.
  ///
  /// A segment ends where an extent ends, where a gap ends, where the neighbourhood of damage ends,
  /// and at block 2^54. The segments ascend and leave no gaps. A read whose end lies past 2^64 is
  /// one of the blocks up to there.
  ///
  /// - Complexity: O(log *n* + *m*) for *n* extents and *m* segments.
  package func segments(
    of count: BlockCount, from block: BlockOffset, atMost most: Int = .max
  ) -> [Segment] {
    var segments: [Segment] = []
    var next = block.rawValue
    var rest = min(count.rawValue, UInt64.max - next)
    while rest > 0, segments.count < most {
      let segment = segment(from: BlockOffset(next), BlockCount(rest))
      segments.append(segment)
      next += segment.count.rawValue
      rest -= segment.count.rawValue
    }
    return segments
  }

  private func segment(from block: BlockOffset, _ count: BlockCount) -> Segment {
    guard block < Format.diskEnd else { return Segment(block: block, count: count, .miss) }
    let near = neighbourhood(of: block)
    let most = min(count, near.end - block)
    switch answer(at: block, count: most) {
    case .hit(let count, let address):
      return Segment(block: block, count: count, .hit(from: address), isNear: near.isNear)
    case .miss(let count):
      return Segment(block: block, count: count, .miss, isNear: near.isNear)
    case .damaged:
      let rest = endOfRun(at: block) - block
      return Segment(block: block, count: min(most, rest), .damaged, isNear: near.isNear)
    }
  }
}
