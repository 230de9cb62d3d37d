internal import Glibc
internal import Synchronization

/// Whether the user wants the program to end: an interrupt, a hang-up or a request to terminate.
public enum Interruption {
  private static let isWanted = Atomic(false)

  /// Whether the program is to end as soon as it can.
  public static var isRequested: Bool { isWanted.load(ordering: .relaxed) }

  /// From here on the first such signal asks, and the second one ends the program at once.
  ///
  /// A signal that was ignored when the program began, as under `nohup`, stays ignored.
  public static func watch() {
    // Made here: a signal's handler must not be the first to ask for it.
    isWanted.store(false, ordering: .relaxed)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let before = signal(number) { number in
        Interruption.isWanted.store(true, ordering: .relaxed)
        _ = signal(number, SIG_DFL)
      }
      if unsafe unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        _ = signal(number, SIG_IGN)
      }
    }
  }

  /// From here on interrupts are left to the process that started this one.
  public static func leaveToParent() {
    for number in [SIGINT, SIGHUP] { _ = signal(number, SIG_IGN) }
  }
}
