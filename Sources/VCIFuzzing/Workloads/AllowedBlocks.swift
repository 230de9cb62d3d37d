internal import VCIGenerators

/// What an image may have cached where that is not known exactly: after a crash, or after a call
/// that failed.
struct AllowedBlocks {
  /// What the blocks have if they have nothing else.
  private var certain: CacheModel
  /// What they may have in place of that, the oldest first.
  private var others: [CacheModel.Run] = []
  /// The blocks that may be missing although they are certain.
  private var missing: [Range<UInt64>] = []

  /// Makes what an image has cached of which all is known.
  init(_ model: CacheModel) {
    certain = model
  }

  /// Notes that the blocks of `range` may have `content`.
  mutating func mayHold(_ content: CacheModel.Content, in range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    others.append(
      CacheModel.Run(
        offset: range.lowerBound, count: range.upperBound - range.lowerBound, content: content))
  }

  /// Notes that the blocks of `range` may be missing.
  mutating func mayMiss(_ range: Range<UInt64>) {
    if !range.isEmpty { missing.append(range) }
  }

  /// Notes that the blocks of `range` have `content`, and no other.
  mutating func hold(_ content: CacheModel.Content, in range: Range<UInt64>) {
    certain.put(content, in: range)
  }

  /// Notes that the blocks of `range` are missing.
  mutating func forget(_ range: Range<UInt64>) { certain.remove(range) }

  /// Returns the runs of contents that `block` may have. O(n) in what is not certain.
  func runs(of block: UInt64) -> [CacheModel.Run] {
    let index = certain.index(after: block)
    let known =
      index < certain.runs.count && certain.runs[index].offset <= block
      ? [certain.runs[index]] : []
    return known + others.filter { $0.offset <= block && block < $0.end }
  }

  /// Returns the first block that must be cached and that `found` does not have; `nil` if it has
  /// all.
  func firstLost(in found: CacheModel) -> UInt64? {
    for run in certain.runs {
      var block = run.offset
      while let gap = found.firstMissing(in: block..<run.end) {
        let next = gap + found.gap(in: gap..<run.end)
        if let lost = firstKept(in: gap..<next) { return lost }
        guard next < run.end else { break }
        block = next
      }
    }
    return nil
  }

  /// Returns the first block of `range` that may not be missing.
  private func firstKept(in range: Range<UInt64>) -> UInt64? {
    var block = range.lowerBound
    while block < range.upperBound {
      guard let excuse = missing.filter({ $0.contains(block) }).map(\.upperBound).max() else {
        return block
      }
      block = excuse
    }
    return nil
  }
}
