internal import VCIFormat
internal import VCIGenerators

/// What an image under operations is to have cached, told from the operations and from the losses
/// that it reported alone.
struct ShadowModel {
  /// What a run of disk blocks holds.
  enum Content: Hashable {
    /// What a write of this version put there.
    case written(UInt32)
    /// What the image held at first, from this block of the file on.
    case original(BlockAddress)
  }

  /// Disk blocks in a row with the same content.
  struct Run: Hashable {
    var offset: UInt64
    var count: UInt64
    var content: Content

    /// The block behind the last one.
    var end: UInt64 { offset + count }

    /// The part of the run that lies in `range`, which it meets.
    func clamped(to range: Range<UInt64>) -> Run {
      let lower = max(offset, range.lowerBound)
      let upper = min(end, range.upperBound)
      var part = Run(offset: lower, count: upper - lower, content: content)
      if case .original(let address) = content {
        part.content = .original(BlockAddress(address.rawValue + (lower - offset)))
      }
      return part
    }
  }

  /// The runs, ascending and apart.
  private(set) var runs: [Run] = []

  /// A model of an image that caches nothing.
  init() {}

  /// A model of what `forecast` says that an image caches.
  init(_ forecast: ReadForecast) {
    runs = forecast.extents.map {
      Run(
        offset: $0.offset.rawValue, count: $0.blocks.rawValue, content: .original($0.address))
    }
  }

  /// How many blocks are cached.
  var blockCount: UInt64 { runs.reduce(0) { $0 &+ $1.count } }

  /// The index of the first run that ends behind `block`.
  func index(behind block: UInt64) -> Int {
    var lower = 0
    var upper = runs.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if runs[middle].end <= block { lower = middle + 1 } else { upper = middle }
    }
    return lower
  }

  /// How many blocks of `range`, from its first one on, are not cached; 0 where that one is.
  func gap(in range: Range<UInt64>) -> UInt64 {
    let index = index(behind: range.lowerBound)
    guard index < runs.count, runs[index].offset < range.upperBound else {
      return range.upperBound - range.lowerBound
    }
    return runs[index].offset <= range.lowerBound ? 0 : runs[index].offset - range.lowerBound
  }

  /// The first block of `range` that is not cached; `nil` where all are.
  func firstMissing(in range: Range<UInt64>) -> UInt64? {
    var block = range.lowerBound
    var index = index(behind: block)
    while block < range.upperBound {
      guard index < runs.count, runs[index].offset <= block else { return block }
      block = runs[index].end
      index += 1
    }
    return nil
  }

  /// Notes that the blocks of `range` hold `content`.
  mutating func put(_ content: Content, in range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    remove(range)
    let run = Run(
      offset: range.lowerBound, count: range.upperBound - range.lowerBound, content: content)
    runs.insert(run, at: index(behind: range.lowerBound))
  }

  /// Notes that no block of `range` is cached.
  mutating func remove(_ range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    let first = index(behind: range.lowerBound)
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
