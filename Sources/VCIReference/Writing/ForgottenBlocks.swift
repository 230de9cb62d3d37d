internal import VCIFormat

/// Disk blocks that are not served although the tree still has them: their write failed, and so did
/// their removal, so that what the tree has is older than what was to be written.
struct ForgottenBlocks {
  /// The blocks, in order; no two ranges touch.
  private(set) var ranges: [Cover] = []

  var isEmpty: Bool { ranges.isEmpty }

  /// Returns the first range that ends after `block`. O(log n)
  func first(endingAfter block: UInt64) -> Cover? {
    let index = ranges.partitionPoint { $0.end > block }
    return index < ranges.count ? ranges[index] : nil
  }

  /// Adds the blocks of `new`. O(n)
  mutating func insert(_ new: Cover) {
    guard new.start < new.end else { return }
    let first = ranges.partitionPoint { $0.end >= new.start }
    let last = ranges.partitionPoint { $0.start > new.end }
    let whole = ranges[first..<last].reduce(new) { $0.union($1) }
    ranges.replaceSubrange(first..<last, with: [whole])
  }

  /// Removes the blocks of `old`, as far as it has them. O(n)
  mutating func remove(_ old: Cover) {
    guard old.start < old.end, !ranges.isEmpty else { return }
    let first = ranges.partitionPoint { $0.end > old.start }
    let last = ranges.partitionPoint { $0.start >= old.end }
    guard first < last else { return }
    var rest: [Cover] = []
    if ranges[first].start < old.start {
      rest.append(Cover(start: ranges[first].start, end: old.start))
    }
    if ranges[last - 1].end > old.end {
      rest.append(Cover(start: old.end, end: ranges[last - 1].end))
    }
    ranges.replaceSubrange(first..<last, with: rest)
  }
}
