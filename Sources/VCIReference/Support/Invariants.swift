/// Invariants of a data structure, checked in debug builds only.
enum Invariants {
  /// Performs `check` and returns `true`, so that `assert(Invariants.hold(…))` performs it in debug
  /// builds only.
  static func hold(_ check: () -> Void) -> Bool {
    check()
    return true
  }
}
