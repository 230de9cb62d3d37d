/// Differences of all images, by kind, each with its smallest image.
struct DifferenceList {
  /// A kind of difference.
  struct Entry {
    /// The number of images with it.
    var images: Int
    var smallest: FoundDifference
  }

  /// The most kinds that are kept.
  private static let most = 200

  private var entries: [Entry] = []

  /// Adds a difference. They come in the order of the lane.
  mutating func add(_ difference: FoundDifference) {
    guard let index = entries.firstIndex(where: { $0.smallest.key == difference.key }) else {
      if entries.count < Self.most { entries.append(Entry(images: 1, smallest: difference)) }
      return
    }
    entries[index].images += 1
    if difference.size < entries[index].smallest.size { entries[index].smallest = difference }
  }

  /// The kinds: first what is by a rule, then holes, then choices; each the most frequent first.
  var sorted: [Entry] {
    entries.enumerated().sorted {
      ($0.element.rank, -$0.element.images, $0.offset)
        < ($1.element.rank, -$1.element.images, $1.offset)
    }.map(\.element)
  }
}

extension DifferenceList.Entry {
  fileprivate var rank: Int {
    switch smallest.key.cause {
    case .rule: 0
    case .hole: 1
    case .choice: 2
    }
  }
}

extension FoundDifference {
  /// Vectors come before other images, which no person has looked at.
  fileprivate var size: (Int, UInt64) { (test.contains("/") ? 1 : 0, bytes) }
}
