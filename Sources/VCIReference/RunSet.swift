internal import VCIFormat

/// Runs of blocks by their addresses, none of which touch: neighbours are one run.
///
/// What changes or looks takes a number of steps that grows with the logarithm of the runs; a run takes
/// 16 bytes, and a share of the nodes that hold it.
final class RunSet {
  /// Address and length of each run.
  private var runs = OrderedPairs()
  /// How many blocks there are.
  private(set) var blocks: BlockCount = 0

  /// How many runs there are.
  var count: Int { runs.count }
  var isEmpty: Bool { runs.count == 0 }

  /// The run that has `block`.
  func run(containing block: BlockAddress) -> BlockRange? {
    let pair = runs.last(through: NumberPair(first: block.rawValue, second: .max))
    return pair.map(BlockRange.init).flatMap { $0.contains(block) ? $0 : nil }
  }

  /// The run that has `block`, or else the first one behind it.
  func firstRun(from block: BlockAddress) -> BlockRange? {
    run(containing: block)
      ?? runs.first(from: NumberPair(first: block.rawValue, second: 0)).map(BlockRange.init)
  }

  /// Adds a run, and answers of which run it is a part now, and which it has joined.
  ///
  /// - Precondition: none of its blocks are there, and there is one.
  @discardableResult
  func insert(_ run: BlockRange) -> (whole: BlockRange, joined: [BlockRange]) {
    precondition(run.count > 0, "no block at \(run.first)")
    var start = run.first.rawValue
    var end = start + run.count.rawValue
    var joined: [BlockRange] = []
    if let pair = runs.last(through: NumberPair(first: start, second: .max)) {
      precondition(pair.first + pair.second <= start, "blocks \(run) meet \(BlockRange(pair))")
      if pair.first + pair.second == start {
        runs.remove(pair)
        joined.append(BlockRange(pair))
        start = pair.first
      }
    }
    if let pair = runs.first(from: NumberPair(first: run.first.rawValue, second: 0)) {
      precondition(pair.first >= end, "blocks \(run) meet \(BlockRange(pair))")
      if pair.first == end {
        runs.remove(pair)
        joined.append(BlockRange(pair))
        end += pair.second
      }
    }
    let whole = NumberPair(first: start, second: end - start)
    runs.insert(whole)
    blocks = BlockCount(blocks.rawValue + run.count.rawValue)
    return (BlockRange(whole), joined)
  }

  /// Removes a run, and answers which run it was a part of, and what is left of that.
  ///
  /// - Precondition: all of it is in one run, and it has a block.
  @discardableResult
  func remove(_ run: BlockRange) -> (whole: BlockRange, rest: [BlockRange]) {
    let start = run.first.rawValue
    let end = start + run.count.rawValue
    guard let whole = self.run(containing: run.first),
      whole.first.rawValue + whole.count.rawValue >= end, run.count > 0
    else { preconditionFailure("blocks \(run) are not all there") }
    let pair = NumberPair(first: whole.first.rawValue, second: whole.count.rawValue)
    runs.remove(pair)
    var rest: [BlockRange] = []
    if pair.first < start { rest.append(BlockRange(whole.first, BlockCount(start - pair.first))) }
    if pair.first + pair.second > end {
      rest.append(BlockRange(BlockAddress(end), BlockCount(pair.first + pair.second - end)))
    }
    for rest in rest {
      runs.insert(NumberPair(first: rest.first.rawValue, second: rest.count.rawValue))
    }
    blocks = BlockCount(blocks.rawValue - run.count.rawValue)
    return (whole, rest)
  }

  /// Removes those blocks of a range that are there; `taking` is told of each part of the range, in
  /// order, and whether it was there.
  func subtract(_ range: BlockRange, taking: (BlockRange, Bool) -> Void) {
    var start = range.first.rawValue
    let end = start + range.count.rawValue
    while start < end {
      let next = firstRun(from: BlockAddress(start))
      let first = min(max(next?.first.rawValue ?? end, start), end)
      if first > start {
        taking(BlockRange(BlockAddress(start), BlockCount(first - start)), false)
        start = first
        continue
      }
      let last = min(end, next.map { $0.first.rawValue + $0.count.rawValue } ?? end)
      let part = BlockRange(BlockAddress(start), BlockCount(last - start))
      remove(part)
      taking(part, true)
      start = last
    }
  }

  /// Removes all runs.
  func removeAll() {
    guard !isEmpty else { return }
    runs = OrderedPairs()
    blocks = 0
  }

  /// Goes to each run, in order.
  func forEach(_ visit: (BlockRange) -> Void) {
    runs.forEach { visit(BlockRange($0)) }
  }

  /// Checks that runs are in order and apart, and counted.
  ///
  /// - Precondition: they are.
  func checkInvariants() {
    runs.checkInvariants()
    var end: UInt64?
    var total: UInt64 = 0
    forEach { run in
      precondition(run.count > 0, "no block at \(run.first)")
      if let end { precondition(run.first.rawValue > end, "\(run) behind block \(end)") }
      end = run.first.rawValue + run.count.rawValue
      total += run.count.rawValue
    }
    precondition(total == blocks.rawValue, "\(total) blocks of \(blocks)")
  }
}

extension BlockRange {
  fileprivate init(_ pair: NumberPair) {
    self.init(BlockAddress(pair.first), BlockCount(pair.second))
  }
}
