/// Something that a program got wrong in a test.
package struct TestFailure: Codable, Hashable, Sendable {
  /// What kind of wrong answer it is.
  package enum Kind: String, CaseIterable, Codable, Hashable, Sendable {
    /// An image that must be refused was taken.
    case acceptedInvalid = "accepted-invalid"
    /// An image that must be taken was refused.
    case rejectedValid = "rejected-valid"
    /// A refusal names a rule that is not broken.
    case wrongRule = "wrong-rule"
    /// A block was served that must not be.
    case servedDamage = "served-damage"
    /// A block was served that is not cached.
    case foreignData = "foreign-data"
    /// A block was served with other bytes than its own.
    case wrongBytes = "wrong-bytes"
    /// A block that is cached was missed.
    case missedBlocks = "missed-blocks"
    /// A read was refused although nothing is damaged.
    case refusedRead = "refused-read"
    /// An answer is not the kind of answer that the request has.
    case wrongAnswer = "wrong-answer"
    /// The findings of a check are others.
    case wrongFindings = "wrong-findings"
    /// The list of extents is another.
    case wrongExtents = "wrong-extents"
    case crashed
    case internalError = "internal-error"
    case timedOut = "timed-out"
    case memory
    case processes
    case protocolViolation = "protocol-violation"
    /// A file was changed by an operation that only reads.
    case modified = "modified-read-only-image"
    /// What the program declares is answered as unsupported.
    case declaredButUnsupported = "declared-but-unsupported"
    /// What the program wrote is refused by the checker.
    case rejectedByChecker = "output-rejected-by-checker"
    /// An operation failed that must succeed.
    case operationFailed = "operation-failed"
    /// The program refuses an image that it closed itself.
    case refusedOwn = "refused-own-image"
    /// An image that is open was changed, and does not say that it was not closed.
    case clearFlag = "clear-flag"
    /// An operation that failed left a file behind.
    case leftBehind = "left-behind"
    /// A crash leaves no file of the image's name.
    case lostFile = "lost-file"
  }

  package var area: Area
  /// The ID of the requirement that the program breaks.
  package var requirement: String
  package var kind: Kind
  /// The request, in the words of the simple form.
  package var request: String
  package var expected: String
  package var got: String
  /// The end of standard error of a program that gave no answer; `nil` if it said nothing.
  package var errors: String?
  /// Where it shows; `nil` if it is not about blocks or bytes.
  package var place: FailurePlace?

  /// The failure in words alone.
  var withoutPlace: TestFailure {
    var failure = self
    failure.place = nil
    return failure
  }

  /// What tells one kind of failure from another; places and names do not matter.
  package var key: Key { Key(area: area, requirement: requirement, kind: kind) }

  /// Area, requirement and kind of a failure.
  package struct Key: Codable, Hashable, Sendable {
    package let area: Area
    package let requirement: String
    package let kind: Kind
  }
}

extension TestFailure.Kind {
  /// The kind of a failure without an answer.
  init(_ failure: AdapterFailure) {
    self =
      switch failure {
      case .crashed: .crashed
      case .internalError: .internalError
      case .timedOut, .starved: .timedOut
      case .memory: .memory
      case .processes: .processes
      case .protocolViolation: .protocolViolation
      }
  }
}
