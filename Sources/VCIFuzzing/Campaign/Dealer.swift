/// Deals the iterations of a campaign out to its jobs, a group at a time, so that none of them
/// waits while another has work left.
///
/// Groups are dealt in ascending order; what a job gave back comes first.
struct Dealer {
  /// The end of what is dealt out.
  private let end: UInt64
  /// The first iteration that was not dealt out yet.
  private(set) var next: UInt64 = 0
  /// What was dealt out and given back.
  private(set) var returned: [Range<UInt64>] = []
  private var isClosed = false

  /// Makes the dealer of the iterations below `end`.
  init(end: UInt64) { self.end = end }

  /// Whether all iterations are dealt out.
  var isExhausted: Bool { next >= end && returned.isEmpty }

  /// Returns the next iterations to run; `nil` if there are none.
  mutating func deal() -> Range<UInt64>? {
    if !returned.isEmpty { return returned.removeFirst() }
    guard !isClosed, next < end else { return nil }
    let start = next
    next = min(end, start.addingReportingOverflow(CaseMaker.groupSize).partialValue)
    // The last group of 2^64 iterations ends where the numbers do.
    if next < start { next = end }
    return start..<next
  }

  /// Takes back iterations that a job did not run.
  mutating func takeBack(_ rest: Range<UInt64>) {
    guard !rest.isEmpty else { return }
    let place = returned.firstIndex { $0.lowerBound > rest.lowerBound } ?? returned.endIndex
    returned.insert(rest, at: place)
  }

  /// Deals out no more but what is given back.
  mutating func close() { isClosed = true }

  /// The iterations that were dealt out, without those that `missing` holds and what was given
  /// back.
  ///
  /// The ranges are ascending, and none touches the next.
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
