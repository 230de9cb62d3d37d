internal import FoundationEssentials

/// An answer of the session form.
struct Answer: Encodable {
  /// The keys of an answer to what is done.
  enum Details {
    case nothing
    case hello(Capabilities)
    case info(Info)
    case runs([Run])
    case written(Written)
    case findings([Finding])
  }

  let id: UInt64
  let outcome: Result<Details, Refusal>

  /// The line of the answer, with its line feed.
  func line() throws -> [UInt8] {
    try JSONEncoder().encode(self) + [UInt8(ascii: "\n")]
  }

  private enum Key: String, CodingKey {
    case id, outcome, rule, `class`, message, feature, `protocol`, caps, runs, findings
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(id, forKey: .id)
    switch outcome {
    case .success(let details):
      try container.encode("ok", forKey: .outcome)
      try Self.encode(details, to: encoder)
    case .failure(.refused(let rule, let name, let message)):
      try container.encode("refused", forKey: .outcome)
      try container.encodeIfPresent(rule, forKey: .rule)
      try container.encodeIfPresent(name, forKey: .class)
      try container.encode(message, forKey: .message)
    case .failure(.unsupported(let feature)):
      try container.encode("unsupported", forKey: .outcome)
      try container.encode(feature, forKey: .feature)
    case .failure(.notImplemented):
      try container.encode("not-implemented", forKey: .outcome)
    }
  }

  private static func encode(_ details: Details, to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch details {
    case .nothing: break
    case .hello(let capabilities):
      try container.encode(Request.version, forKey: .protocol)
      try container.encode(capabilities, forKey: .caps)
    case .info(let info): try info.encode(to: encoder)
    case .runs(let runs): try container.encode(runs, forKey: .runs)
    case .written(let written): try written.encode(to: encoder)
    case .findings(let findings): try container.encode(findings, forKey: .findings)
    }
  }
}
