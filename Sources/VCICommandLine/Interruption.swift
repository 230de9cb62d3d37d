internal import Glibc
internal import Synchronization

/// Whether the user wants the program to end: an interrupt, a hang-up or a request to terminate.
public enum Interruption {
  /// When the first signal came, in nanoseconds of the clock that never goes back; 0 before it.
  private static let first = Atomic<UInt64>(0)

  /// For how long more signals count as the first one: whoever ends a group of processes, and each
  /// of them too, sends some.
  private static let span: UInt64 = 1_000_000_000

  /// Whether the program is to end as soon as it can.
  public static var isRequested: Bool { first.load(ordering: .relaxed) != 0 }

  /// From here on such a signal asks, and one that comes a second or more after it ends the program
  /// at once.
  ///
  /// A signal that was ignored when the program began, as under `nohup`, stays ignored.
  public static func watch() {
    // Made here: a signal's handler must not be the first to ask for it.
    first.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let before = signal(number) { number in
        let now = Interruption.now
        let first = Interruption.first.load(ordering: .relaxed)
        if first == 0 {
          Interruption.first.store(now, ordering: .relaxed)
        } else if now - first >= Interruption.span {
          _ = signal(number, SIG_DFL)
          raise(number)
        }
      }
      if unsafe unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        _ = signal(number, SIG_IGN)
      }
    }
  }

  /// From here on a quit from the keyboard ends the program without a report of a crash.
  static func takeQuitForAnEnd() {
    let before = signal(SIGQUIT, SIG_DFL)
    if unsafe unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
      _ = signal(SIGQUIT, SIG_IGN)
    }
  }

  private static var now: UInt64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * span + UInt64(time.tv_nsec)
  }
}
