package import VCIFormat
package import VCIGenerators

/// The disk blocks that an image must have cached, and their content. They follow from the
/// operations and the reported losses.
package struct CacheModel {
  /// The content of a run of disk blocks.
  package enum Content: Hashable {
    /// The content of the write with this version.
    case written(UInt32)
    /// The content that the file had at first, from this block of the file on.
    case original(BlockAddress)
  }

  /// A run of consecutive disk blocks with content from one write, or from consecutive blocks of
  /// the original file.
  package struct Run: Hashable {
    package var offset: UInt64
    package var count: UInt64
    package var content: Content

    /// The block after the last one.
    package var end: UInt64 { offset + count }

    /// The content of the block after the last one, if the run went on.
    fileprivate var contentAtEnd: Content {
      switch content {
      case .written: content
      case .original(let address): .original(BlockAddress(address.rawValue &+ count))
      }
    }

    /// Returns the part of the run that lies in `range`. The two must overlap.
    package func clamped(to range: Range<UInt64>) -> Run {
      let lower = max(offset, range.lowerBound)
      let upper = min(end, range.upperBound)
      var part = Run(offset: lower, count: upper - lower, content: content)
      if case .original(let address) = content {
        part.content = .original(BlockAddress(address.rawValue + (lower - offset)))
      }
      return part
    }
  }

  /// The runs, in ascending order. They do not overlap.
  package private(set) var runs: [Run] = []

  /// A model of an image that caches nothing.
  package init() {}

  /// A model of the extents in `forecast`.
  package init(_ forecast: ReadForecast) {
    runs = forecast.extents.map {
      Run(
        offset: $0.offset.rawValue, count: $0.blocks.rawValue, content: .original($0.address))
    }
  }

  /// A model of blocks in ascending order, each with its content.
  init(_ blocks: [(offset: UInt64, content: Content)]) {
    for block in blocks {
      let run = Run(offset: block.offset, count: 1, content: block.content)
      guard let last = runs.last, last.end == block.offset, last.contentAtEnd == block.content
      else {
        runs.append(run)
        continue
      }
      runs[runs.count - 1].count += 1
    }
  }

  /// The number of cached blocks.
  var blockCount: UInt64 { runs.reduce(0) { $0 &+ $1.count } }

  /// Returns the index of the first run that ends after `block`. O(log n).
  package func index(after block: UInt64) -> Int { runs.partitionPoint { $0.end > block } }

  /// Returns the number of blocks at the start of `range` that are not cached.
  func gap(in range: Range<UInt64>) -> UInt64 {
    let index = index(after: range.lowerBound)
    guard index < runs.count, runs[index].offset < range.upperBound else {
      return range.upperBound - range.lowerBound
    }
    return runs[index].offset <= range.lowerBound ? 0 : runs[index].offset - range.lowerBound
  }

  /// Returns the first block of `range` that is not cached; `nil` if all blocks are cached.
  package func firstMissing(in range: Range<UInt64>) -> UInt64? {
    var block = range.lowerBound
    var index = index(after: block)
    while block < range.upperBound {
      guard index < runs.count, runs[index].offset <= block else { return block }
      block = runs[index].end
      index += 1
    }
    return nil
  }

  /// Notes that the blocks of `range` hold `content`.
  package mutating func put(_ content: Content, in range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    remove(range)
    let run = Run(
      offset: range.lowerBound, count: range.upperBound - range.lowerBound, content: content)
    runs.insert(run, at: index(after: range.lowerBound))
  }

  /// Notes that no block of `range` is cached.
  package mutating func remove(_ range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    let first = index(after: range.lowerBound)
    var last = first
    while last < runs.count, runs[last].offset < range.upperBound { last += 1 }
    guard first < last else { return }
    var rest: [Run] = []
    if runs[first].offset < range.lowerBound {
      rest.append(runs[first].clamped(to: 0..<range.lowerBound))
    }
    if runs[last - 1].end > range.upperBound {
      rest.append(runs[last - 1].clamped(to: range.upperBound..<UInt64.max))
    }
    runs.replaceSubrange(first..<last, with: rest)
  }
}
