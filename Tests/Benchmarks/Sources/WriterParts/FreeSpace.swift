internal import VCIFormat

/// Some way to know which blocks of a cache are free, and to take those where a request fits best:
/// from the start of the smallest free run that is long enough, of equal ones of the lowest.
///
/// Blocks and addresses are plain numbers here, as a program without types for them would have it.
package protocol FreeSpace: AnyObject {
  /// Makes a space of `blocks` blocks, of which those in `free` are free: disjoint runs in order,
  /// none of which touch.
  init(blocks: UInt64, free: [Range<UInt64>])

  /// Takes `count` blocks where they fit best; answers the first, `nil` where no run has so many.
  func take(_ count: UInt64) -> UInt64?

  /// Takes `count` blocks from `start` on where all of them are free; answers whether they are.
  func take(_ count: UInt64, at start: UInt64) -> Bool

  /// Gives back `count` blocks from `start` on, none of which is free.
  func release(_ count: UInt64, at start: UInt64)

  /// The free runs in order.
  var freeRuns: [Range<UInt64>] { get }
}

/// The allocator of the reference.
package final class ReferenceSpace: FreeSpace {
  private var allocator: BlockAllocator

  package init(blocks: UInt64, free: [Range<UInt64>]) {
    allocator = BlockAllocator(blocks: BlockCount(blocks))
    var end: UInt64 = 0
    for run in free {
      if run.lowerBound > end { take(end..<run.lowerBound) }
      end = run.upperBound
    }
    if end < blocks { take(end..<blocks) }
  }

  private func take(_ range: Range<UInt64>) {
    let count = range.upperBound - range.lowerBound
    allocator.take(BlockRange(BlockAddress(range.lowerBound), BlockCount(count)), for: .data)
  }

  package func take(_ count: UInt64) -> UInt64? {
    allocator.allocate(BlockCount(count), for: .data)?.first.rawValue
  }

  package func take(_ count: UInt64, at start: UInt64) -> Bool {
    allocator.claim(BlockRange(BlockAddress(start), BlockCount(count)), for: .data)
  }

  package func release(_ count: UInt64, at start: UInt64) {
    allocator.release(BlockRange(BlockAddress(start), BlockCount(count)), for: .data)
  }

  package var freeRuns: [Range<UInt64>] {
    var runs: [Range<UInt64>] = []
    allocator.freeRuns.forEach { run in
      runs.append(run.first.rawValue..<run.first.rawValue + run.count.rawValue)
    }
    return runs
  }
}
