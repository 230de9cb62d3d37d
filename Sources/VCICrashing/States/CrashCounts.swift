/// How many states there were, and what became of them.
package struct CrashCounts: Hashable, Sendable, Codable {
  /// Sequences of operations, and those that were drawn.
  package var sequences: UInt64 = 0
  package var iterations: UInt64 = 0
  package var operations: UInt64 = 0
  /// Moments at which a crash was tried.
  package var points: UInt64 = 0
  /// All states that the disk model allows at these moments, with two sectors missing at most.
  package var states: UInt64 = 0
  /// States that were recovered.
  package var tried: UInt64 = 0
  /// States that differ from tried ones only in sectors that nothing reaches from there.
  package var unreached: UInt64 = 0
  /// States that have, in all that a recovery reads, what a state has that was tried.
  package var sameReading: UInt64 = 0
  /// Recoveries that were crashed themselves.
  package var recoveries: UInt64 = 0
  /// Calls of the storage that failed, each in a run of its own, with EIO.
  package var failedCalls = FailedCalls()
  /// Crashes after which work went on on the same image.
  package var cycles: UInt64 = 0
  package var findings: UInt64 = 0

  static func += (left: inout Self, right: Self) {
    left.sequences &+= right.sequences
    left.iterations &+= right.iterations
    left.operations &+= right.operations
    left.points &+= right.points
    left.states &+= right.states
    left.tried &+= right.tried
    left.unreached &+= right.unreached
    left.sameReading &+= right.sameReading
    left.recoveries &+= right.recoveries
    left.failedCalls += right.failedCalls
    left.cycles &+= right.cycles
    left.findings &+= right.findings
  }
}
