/// What a run is at work on, for people who wait for it.
package enum RunStage: Hashable, Sendable {
  /// Recorded sessions are replayed.
  case preflight
  /// So many of all tests are done, and so many of them failed; `atWork` names those that are not.
  case tests(done: Int, of: Int, failed: Int, atWork: [String])
  /// A stage of the program with this number, of so many.
  case program(Int, of: Int, String)
  /// So many of all workloads have gone from one program to others.
  case exchanges(done: Int, of: Int)
  /// So many of all failures have the fewest steps that show them.
  case sequences(done: Int, of: Int)
  /// So many of all images have been looked at by all programs.
  case differences(done: Int, of: Int)
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
    case .program(let number, let all, let stage): "program \(number) of \(all): \(stage)"
    case .exchanges(let done, let all): "\(done) of \(all) exchanges"
    case .sequences(let done, let all): "smallest sequences: \(done) of \(all) failures"
    case .differences(let done, let all): "differences: \(done) of \(all) units of images"
    case .kit(let number, let all): "kit \(number) of \(all)"
    }
  }
}
