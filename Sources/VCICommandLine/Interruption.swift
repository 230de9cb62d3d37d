internal import Glibc
internal import Synchronization

/// Records that the program should end: an interrupt, a hang-up or a request to terminate.
public enum Interruption {
  /// The time of the first signal, in nanoseconds of the monotonic clock; 0 before any signal.
  private static let first = Atomic<UInt64>(0)

  /// How long further signals count as the first one, in nanoseconds: a process can get several
  /// signals when a whole group of processes is ended.
  private static let span: UInt64 = 1_000_000_000

  /// Whether the program should end as soon as it can.
  public static var isRequested: Bool { first.load(ordering: .relaxed) != 0 }

  /// Starts recording SIGINT, SIGTERM and SIGHUP. A signal that arrives a second or more after the
  /// first one ends the program at once.
  ///
  /// A signal that was ignored when the program began, as under `nohup`, stays ignored.
  public static func watch() {
    // Initializes the static here: a signal handler must not be the first to access it.
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

  /// Makes a quit from the keyboard (SIGQUIT) end the program without a crash report.
  ///
  /// A quit that was ignored when the program began stays ignored.
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
