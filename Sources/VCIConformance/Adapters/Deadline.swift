internal import Glibc

/// The time by which an operation must be answered.
///
/// The time in which a thread of the program is ready to run, and the machine runs other programs,
/// is not the program's.
final class Deadline {
  /// The time that the operation has.
  let milliseconds: Int
  private let start = ContinuousClock.now
  /// The times of threads when they were seen first, and when they were seen last.
  private var first: [pid_t: ProcessorTime] = [:]
  private var last: [pid_t: ProcessorTime] = [:]

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

  /// Notes the times of the program's threads.
  func note(_ times: [pid_t: ProcessorTime]) {
    for (id, time) in times {
      if first[id] == nil { first[id] = time }
      last[id] = time
    }
  }

  /// How many milliseconds a thread has waited while no other thread of the program ran: at least
  /// as many, for the one that waited longest.
  private var waited: Int {
    var (longest, ran) = (ProcessorTime(ran: 0, waited: 0), 0)
    for (id, end) in last {
      let start = first[id] ?? end
      let time = ProcessorTime(ran: end.ran - start.ran, waited: end.waited - start.waited)
      ran += time.ran
      if time.waited > longest.waited { longest = time }
    }
    return max(0, longest.waited - (ran - longest.ran))
  }

  private var spent: Int {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
  }
}

/// How long a thread has run so far, and how long it has waited for a processor, in milliseconds.
struct ProcessorTime: Hashable {
  let ran: Int
  let waited: Int
}
