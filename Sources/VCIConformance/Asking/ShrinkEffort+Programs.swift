internal import PropertyEngine

extension ShrinkEffort {
  /// The most attempts of which each takes all the time that a request has.
  private static let mostSlow = 8

  /// Allows a program to be asked `most` times to make a failure of it smaller, or a few times if
  /// each `isSlow`, and takes all the time that a request has; not any more after `isInterrupted`
  /// returns `true`.
  static func asking(
    _ most: Int, isSlow: Bool, isInterrupted: @escaping () -> Bool
  ) -> ShrinkEffort {
    ShrinkEffort(limit: isSlow ? min(mostSlow, most) : most) { _ in isInterrupted() }
  }
}
