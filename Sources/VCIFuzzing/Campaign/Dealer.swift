/// Deals the iterations of a campaign to its jobs, one group at a time, so that no job waits while
/// there is work left.
///
/// Groups are dealt in ascending order. Iterations that a job gave back are dealt first.
struct Dealer {
  /// The end of all iterations.
  private let end: UInt64
  /// The first iteration that was not dealt yet.
  private(set) var next: UInt64 = 0
  /// The ranges that were dealt and given back, in ascending order.
  private(set) var returned: [Range<UInt64>] = []
  private var isClosed = false

  /// Makes a dealer of the iterations below `end`.
  init(end: UInt64) { self.end = end }

  /// Whether all iterations are dealt.
  var isExhausted: Bool { next >= end && returned.isEmpty }

  /// Returns the next iterations to run; `nil` if there are none.
  mutating func deal() -> Range<UInt64>? {
    if !returned.isEmpty { return returned.removeFirst() }
    guard !isClosed, next < end else { return nil }
    let start = next
    next = min(end, start.addingReportingOverflow(CaseMaker.groupSize).partialValue)
    // The addition overflows in the last group of 2^64 iterations.
    if next < start { next = end }
    return start..<next
  }

  /// Takes back iterations that a job did not run. They are dealt again.
  mutating func takeBack(_ rest: Range<UInt64>) {
    guard !rest.isEmpty else { return }
    let place = returned.firstIndex { $0.lowerBound > rest.lowerBound } ?? returned.endIndex
    returned.insert(rest, at: place)
  }

  /// Stops dealing, except for iterations that are given back.
  mutating func close() { isClosed = true }

  /// Returns the iterations that were dealt, without those in `missing` and those given back.
  ///
  /// The ranges are ascending, and not adjacent.
  func done(without missing: [Range<UInt64>]) -> [ClosedRange<UInt64>] {
    let holes = (missing + returned).filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    var done: [ClosedRange<UInt64>] = []
    var start: UInt64 = 0
    for hole in holes + [next..<next] {
      if hole.lowerBound > start { done.append(start...hole.lowerBound - 1) }
      start = max(start, hole.upperBound)
    }
    return done
  }
}
