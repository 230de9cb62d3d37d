/// A recovery that is crashed: how deep it is, how it ends, and what it reads.
struct RecoveryScope {
  /// How many recoveries were crashed before; 0 if none is crashed.
  var depth = 0
  /// The digest of the image in which each of its attempts must end.
  var end: UInt64 = 0
  /// The blocks that the recovery reads if nothing crashes it.
  var blocks: [Int] = []
}

/// The states of crashed recoveries that were tried, over all epochs.
///
/// The second attempt of a recovery finds what the first could have left, so its states were often
/// tried before, in another epoch. Two states with the same bytes in the blocks of a scope are one,
/// if all that a trial of the first has read was among these blocks.
struct KnownRecoveries {
  private var lists: [[Int]: Int] = [:]
  private var blocks: [[Int]] = []
  private var states: [UInt64: Int] = [:]

  /// Returns the blocks that a trial of the state with this digest has read; `nil` if there was
  /// none.
  func reading(of digest: UInt64) -> [Int]? { states[digest].map { blocks[$0] } }

  /// Notes that a state with this digest was tried, and was right, and what was read of it.
  mutating func add(_ reading: [Int], of digest: UInt64) {
    let number = lists[reading] ?? blocks.count
    if number == blocks.count {
      lists[reading] = number
      blocks.append(reading)
    }
    states[digest] = number
  }
}
