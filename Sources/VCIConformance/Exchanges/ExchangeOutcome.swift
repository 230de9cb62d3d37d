/// What came of a workload whose images went from one program to others.
struct ExchangeOutcome: Codable, Hashable, Sendable {
  /// What one of those found who looked at the images.
  struct Part: Codable, Hashable, Sendable {
    /// The index of the program; `nil` for the checker of the suite.
    let reader: Int?
    /// The first failure, and the index of the program whose it is.
    var failure: TestFailure?
    var culprit: Int?
  }

  /// The name of the test, and how the image was made.
  let name: String
  var image = ""
  /// Whoever looked at an image; empty if none was written.
  var parts: [Part] = []
  /// Why it was not run; `nil` if it was.
  var notRun: String?
  /// Whether a failure did not come again.
  var isFlaky = false

  init(name: String) { self.name = name }

  /// Whether there is no failure.
  var isRight: Bool { parts.allSatisfy { $0.failure == nil } }
}
