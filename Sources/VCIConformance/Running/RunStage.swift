/// What a run is at work on, for people who wait for it.
package enum RunStage: Hashable, Sendable {
  /// Recorded sessions are replayed.
  case preflight
  /// So many of all tests are done, and so many of them failed; `atWork` names those that are not.
  case tests(done: Int, of: Int, failed: Int, atWork: [String])
  /// The kit with this number is made, of so many.
  case kit(Int, of: Int)
}

extension RunStage: CustomStringConvertible {
  package var description: String {
    switch self {
    case .preflight: "pre-flight"
    case .tests(let done, let all, let failed, let atWork):
      "\(done) of \(all) tests, \(failed) failed"
        + (atWork.isEmpty ? "" : "; at work: \(atWork.joined(separator: ", "))")
    case .kit(let number, let all): "kit \(number) of \(all)"
    }
  }
}
