/// The time by which an operation must be answered.
struct Deadline {
  /// The time that the operation has.
  let milliseconds: Int
  private let start = ContinuousClock.now

  init(milliseconds: Int) { self.milliseconds = milliseconds }

  /// The time that is left; 0 if it is up.
  var millisecondsLeft: Int { max(0, milliseconds - spent) }

  /// Whether the operation takes so long that it is worth looking at what it uses.
  var isLong: Bool { spent >= 20 }

  private var spent: Int {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
  }
}
