internal import VCIFormat

/// Why an adapter gave no answer that the port knows.
package enum AdapterFailure: Error, Hashable, Sendable {
  /// The process ended: by a signal, or with an exit code that is no outcome.
  case crashed(String)
  /// It caught an error of its own.
  case internalError(String)
  /// No answer within this many milliseconds.
  case timedOut(milliseconds: Int)
  /// No answer within this many milliseconds of its own: the machine ran others.
  case starved(milliseconds: Int)
  /// It has this many bytes in memory, more than the limit.
  case memory(bytes: UInt64, limit: UInt64)
  /// It has more processes than the limit.
  case processes(Int, limit: Int)
  /// What it sent is no answer to the request.
  case protocolViolation(String)

  /// The name of the kind.
  package var kind: String {
    switch self {
    case .crashed: "crashed"
    case .internalError: "internal-error"
    case .timedOut: "timed-out"
    case .starved: "starved"
    case .memory: "memory"
    case .processes: "processes"
    case .protocolViolation: "protocol-violation"
    }
  }
}

extension AdapterFailure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .crashed(let how): how
    case .internalError(let message): "error: \(message)"
    case .timedOut(let milliseconds): "no answer within \(milliseconds) ms"
    case .starved(let milliseconds):
      "the machine is too busy: it did not give the program \(milliseconds) ms in ten times as long"
    case .memory(let bytes, let limit): "\(bytes) bytes in memory, the limit is \(limit)"
    case .processes(let count, let limit): "\(count) processes, the limit is \(limit)"
    case .protocolViolation(let what): what
    }
  }
}

/// An adapter that could not be started, or that failed its pre-flight: nothing is compared.
package struct NotStarted: Error, Hashable, Sendable {
  /// Why, on one line.
  package let why: String
  /// What the adapter said last on standard error, as lines; `nil` if it said nothing.
  package let said: String?

  package init(_ why: String, said: String? = nil) {
    self.why = why
    self.said = said
  }
}

extension NotStarted: CustomStringConvertible {
  /// All of it on one line.
  package var description: String {
    why + (said.map { "\(Self.introduction) \(PrintableText($0))" } ?? "")
  }

  /// All of it; what the adapter said stands below, each of its lines as a line.
  package var text: String {
    why
      + (said.map { Self.introduction + PrintableText.lines($0).map { "\n  " + $0 }.joined() } ?? "")
  }

  private static let introduction = "; standard error ends with:"
}
