package import VCIFormat

/// A set of file blocks, stored as sorted runs.
///
/// Runs are not empty, do not touch, and end at 2^64 - 1 at most.
package struct BlockRuns: Hashable, Sendable {
  package typealias Run = Range<UInt64>

  /// Ascending.
  package private(set) var runs: [Run] = []

  package init() {}

  /// Makes the union of `ranges`, which may come in any order and overlap.
  ///
  /// - Precondition: 64 bits can hold the end of each range.
  package init(_ ranges: some Sequence<BlockRange>) {
    let pending = ranges.filter { $0.count > 0 }.map(\.run)
    for run in pending.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = runs.last, run.lowerBound <= last.upperBound {
        runs[runs.count - 1] = last.lowerBound..<max(last.upperBound, run.upperBound)
      } else {
        runs.append(run)
      }
    }
  }

  /// Returns the number of the set's blocks below `limit`.
  package func count(below limit: UInt64) -> UInt64 {
    var count: UInt64 = 0
    for run in runs where run.lowerBound < limit {
      count += min(run.upperBound, limit) - run.lowerBound
    }
    return count
  }

  /// Returns the set's blocks below `limit`.
  func below(_ limit: UInt64) -> BlockRuns {
    guard let last = runs.last, last.upperBound > limit else { return self }
    var rest = BlockRuns()
    rest.runs = runs.map { $0.clamped(to: 0..<limit) }.filter { !$0.isEmpty }
    return rest
  }

  /// Returns byte `index` of the bitmap whose set bits are the set's blocks.
  func byte(_ index: UInt64) -> UInt8 {
    var byte: UInt8 = 0
    var run = self.index(after: index * 8)
    if run > 0, runs[run - 1].upperBound > index * 8 { run -= 1 }
    while run < runs.count, runs[run].lowerBound < index * 8 + 8 {
      let bits = runs[run].clamped(to: index * 8..<index * 8 + 8)
      byte |= UInt8((1 << (bits.upperBound - bits.lowerBound) - 1) << (bits.lowerBound % 8) & 0xff)
      run += 1
    }
    return byte
  }

  /// Returns whether `block` belongs to the set.
  package func contains(_ block: UInt64) -> Bool {
    let index = index(after: block)
    return index > 0 && runs[index - 1].contains(block)
  }

  /// Returns the first block of the set from `block` on.
  package func first(from block: UInt64) -> UInt64? {
    let index = index(after: block)
    if index > 0, runs[index - 1].contains(block) { return block }
    return index < runs.count ? runs[index].lowerBound : nil
  }

  /// Returns whether the set and `run` have a block in common.
  func intersects(_ run: Run) -> Bool {
    first(from: run.lowerBound).map { $0 < run.upperBound } ?? false
  }

  /// Returns the first block of `run` that does not belong to the set.
  package func firstMissing(in run: Run) -> UInt64? {
    guard !run.isEmpty else { return nil }
    let index = index(after: run.lowerBound)
    guard index > 0, runs[index - 1].contains(run.lowerBound) else { return run.lowerBound }
    let end = runs[index - 1].upperBound
    return end < run.upperBound ? end : nil
  }

  /// Inserts `block` if it does not belong to the set, and removes it otherwise.
  package mutating func toggle(_ block: UInt64) {
    let index = index(after: block)
    if index > 0, runs[index - 1].contains(block) {
      let run = runs[index - 1]
      let rest = [run.lowerBound..<block, block + 1..<run.upperBound].filter { !$0.isEmpty }
      runs.replaceSubrange(index - 1..<index, with: rest)
    } else {
      let left = index > 0 && runs[index - 1].upperBound == block
      let right = index < runs.count && runs[index].lowerBound == block + 1
      let lower = left ? runs[index - 1].lowerBound : block
      let upper = right ? runs[index].upperBound : block + 1
      runs.replaceSubrange(
        (left ? index - 1 : index)..<(right ? index + 1 : index), with: [lower..<upper])
    }
  }

  /// Returns the runs of blocks that belong to this set but not to `other`.
  package func subtracting(_ other: BlockRuns) -> [Run] {
    var rest: [Run] = []
    var index = 0
    for run in runs {
      var lower = run.lowerBound
      while index < other.runs.count, other.runs[index].upperBound <= lower { index += 1 }
      var next = index
      while next < other.runs.count, other.runs[next].lowerBound < run.upperBound {
        if lower < other.runs[next].lowerBound { rest.append(lower..<other.runs[next].lowerBound) }
        lower = max(lower, other.runs[next].upperBound)
        next += 1
      }
      if lower < run.upperBound { rest.append(lower..<run.upperBound) }
    }
    return rest
  }

  /// Returns the index of the first run that begins after `block`.
  private func index(after block: UInt64) -> Int {
    runs.partitionPoint { $0.lowerBound > block }
  }
}

extension BlockRange {
  init(_ run: BlockRuns.Run) {
    self.init(BlockAddress(run.lowerBound), BlockCount(run.upperBound - run.lowerBound))
  }

  /// The blocks as a run.
  ///
  /// - Precondition: 64 bits can hold the range's end.
  var run: BlockRuns.Run { first.rawValue..<first.rawValue + count.rawValue }
}
