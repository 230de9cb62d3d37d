internal import Glibc
internal import Synchronization

/// Whether the user wants the program to end: an interrupt, a hang-up or a request to terminate.
public enum Interruption {
  private static let isWanted = Atomic(false)

  /// Whether the program is to end as soon as it can.
  public static var isRequested: Bool { isWanted.load(ordering: .relaxed) }

  /// From here on the first such signal asks, and the second one ends the program at once.
  public static func watch() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      _ = signal(number) { number in
        Interruption.isWanted.store(true, ordering: .relaxed)
        _ = signal(number, SIG_DFL)
      }
    }
  }

  /// From here on interrupts are left to the process that started this one.
  public static func leaveToParent() {
    for number in [SIGINT, SIGHUP] { _ = signal(number, SIG_IGN) }
  }

  /// From here on writing to a pipe that nobody reads is an error, not the end.
  static func ignoreClosedPipes() { _ = signal(SIGPIPE, SIG_IGN) }
}
