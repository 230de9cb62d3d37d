internal import Glibc

/// The time by which an operation must be answered.
///
/// The time in which a process of the program is ready to run, and the machine runs others, is not
/// the program's.
final class Deadline {
  /// The time that the operation has.
  let milliseconds: Int
  private let start = ContinuousClock.now
  /// How long processes had waited for a processor when they were seen first.
  private var firstWaits: [pid_t: Int] = [:]
  /// The longest time that one of them has waited since.
  private var waited = 0

  /// The time that an operation has at most, as a multiple, however busy the machine is.
  private static let most = 10

  init(milliseconds: Int) { self.milliseconds = milliseconds }

  /// The time that is left; 0 if it is up.
  var millisecondsLeft: Int { max(0, milliseconds + min(waited, mostWaited) - spent) }

  private var mostWaited: Int { (Self.most - 1) * milliseconds }

  /// Whether the operation takes so long that it is worth looking at what it uses.
  var isLong: Bool { spent >= 20 }

  /// The failure of a program whose time is up.
  var failure: AdapterFailure {
    waited < mostWaited
      ? .timedOut(milliseconds: milliseconds) : .starved(milliseconds: milliseconds)
  }

  /// Notes how long processes of the program have waited for a processor so far.
  func note(waits: [pid_t: Int]) {
    for (id, wait) in waits {
      guard let first = firstWaits[id] else {
        firstWaits[id] = wait
        continue
      }
      waited = max(waited, wait - first)
    }
  }

  private var spent: Int {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
  }
}
