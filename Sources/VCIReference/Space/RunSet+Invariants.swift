internal import VCIFormat

extension RunSet {
  /// Checks that the runs are sorted, neither overlap nor touch, and have `blocks` blocks. O(n)
  ///
  /// - Precondition: it is so.
  func checkInvariants() {
    index.checkInvariants()
    var total: UInt64 = 0
    var last: BlockRange?
    forEach { run in
      Self.check(last, before: run)
      total += run.count.rawValue
      last = run
    }
    precondition(total == blocks.rawValue, "\(total) blocks, and \(blocks) are counted")
  }

  /// In debug builds, checks the whole set if it is small, else the runs next to `range`.
  func check(around range: BlockRange) {
    assert(Invariants.hold { checkNow(around: range) })
  }

  /// Checks the whole set in debug builds.
  func checkAll() {
    assert(Invariants.hold { checkInvariants() })
  }

  private func checkNow(around range: BlockRange) {
    guard count > 64 else { return checkInvariants() }
    guard let start = lastRun(through: range.first) else { return }
    var last = start
    for _ in 0..<3 {
      guard let end = last.end, let next = firstRun(from: end) else { return }
      Self.check(last, before: next)
      last = next
    }
  }

  private static func check(_ left: BlockRange?, before right: BlockRange) {
    precondition(right.count > 0 && right.end != nil, "no run: \(right)")
    guard let left, let end = left.end else { return }
    precondition(end < right.first, "\(left) reaches \(right)")
  }
}
