public import VCIFormat

/// A set of file blocks, as the sorted runs of the blocks that belong to it.
///
/// Runs are not empty, do not touch, and end at 2^64 - 1 at most.
public struct BlockRuns: Hashable, Sendable {
  /// A run, from its first block to the one after its last.
  public typealias Run = Range<UInt64>

  /// The runs, ascending.
  public private(set) var runs: [Run] = []

  /// The set of no block.
  public init() {}

  /// The set of the blocks of `ranges`, in any order, overlapping or not.
  ///
  /// - Precondition: every range ends where 64 bits can hold it.
  public init(_ ranges: some Sequence<BlockRange>) {
    var pending: [Run] = []
    for range in ranges where range.count.rawValue > 0 {
      let end = range.first.rawValue + range.count.rawValue
      pending.append(range.first.rawValue..<end)
    }
    pending.sort { $0.lowerBound < $1.lowerBound }
    for run in pending {
      if let last = runs.last, run.lowerBound <= last.upperBound {
        runs[runs.count - 1] = last.lowerBound..<max(last.upperBound, run.upperBound)
      } else {
        runs.append(run)
      }
    }
  }

  /// How many blocks there are below `limit`.
  public func count(below limit: UInt64) -> UInt64 {
    var count: UInt64 = 0
    for run in runs where run.lowerBound < limit {
      count += min(run.upperBound, limit) - run.lowerBound
    }
    return count
  }

  /// The blocks of it that come before `limit`.
  func below(_ limit: UInt64) -> BlockRuns {
    guard let last = runs.last, last.upperBound > limit else { return self }
    var rest = BlockRuns()
    rest.runs = runs.map { $0.clamped(to: 0..<limit) }.filter { !$0.isEmpty }
    return rest
  }

  /// Byte `index` of the bitmap in which the set's blocks are set bits.
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

  /// Whether `block` belongs to it.
  public func contains(_ block: UInt64) -> Bool {
    let index = index(after: block)
    return index > 0 && runs[index - 1].contains(block)
  }

  /// The first block from `block` on that belongs to it.
  public func first(from block: UInt64) -> UInt64? {
    let index = index(after: block)
    if index > 0, runs[index - 1].contains(block) { return block }
    return index < runs.count ? runs[index].lowerBound : nil
  }

  /// Whether some block of `run` belongs to it.
  func intersects(_ run: Run) -> Bool {
    first(from: run.lowerBound).map { $0 < run.upperBound } ?? false
  }

  /// The first block of `run` that does not belong to it.
  public func firstMissing(in run: Run) -> UInt64? {
    guard !run.isEmpty else { return nil }
    let index = index(after: run.lowerBound)
    guard index > 0, runs[index - 1].contains(run.lowerBound) else { return run.lowerBound }
    let end = runs[index - 1].upperBound
    return end < run.upperBound ? end : nil
  }

  /// Puts `block` into the set where it isn't, and takes it out where it is.
  public mutating func toggle(_ block: UInt64) {
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

  /// The blocks that belong to this set and not to `other`.
  public func subtracting(_ other: BlockRuns) -> [Run] {
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

  /// The index of the first run that begins after `block`.
  private func index(after block: UInt64) -> Int {
    var lower = 0
    var upper = runs.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if runs[middle].lowerBound <= block { lower = middle + 1 } else { upper = middle }
    }
    return lower
  }
}
