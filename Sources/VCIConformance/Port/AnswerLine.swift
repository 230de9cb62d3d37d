internal import VCICorpus
internal import VCIFormat

/// Decodes lines of the session form. Keys that an answer does not have are errors, and so are keys
/// that stand twice, and numbers in place of strings of digits.
struct AnswerLine: Decodable {
  let id: UInt64
  let answer: Result<PortAnswer, AdapterFailure>

  /// Decodes the answer to `request` with this ID.
  ///
  /// - Throws: `AdapterFailure.protocolViolation`, and `.internalError` if the adapter reports one.
  static func answer(
    _ line: [UInt8], to request: PortRequest, id: UInt64
  ) throws(AdapterFailure) -> PortAnswer {
    let decoded: AnswerLine
    do {
      decoded = try StrictJSON.decode(AnswerLine.self, from: line, [.request: request])
    } catch {
      throw .protocolViolation("\(WrongJSON.reason(of: error)): \(shown(line))")
    }
    guard decoded.id == id else {
      throw .protocolViolation("the answer has the id \(decoded.id), not \(id): \(shown(line))")
    }
    return try decoded.answer.get()
  }

  private static func shown(_ line: [UInt8]) -> String {
    let text = PrintableText(String(decoding: line.prefix(200), as: UTF8.self)).description
    return line.count > 200 ? text + "..." : text
  }

  init(from decoder: any Decoder) throws {
    guard let request = decoder.userInfo[.request] as? PortRequest else {
      preconditionFailure("an answer without its request")
    }
    let keys = AnswerKeys(try decoder.container(keyedBy: AnyKey.self))
    id = try keys.number("id")
    switch try keys.text("outcome") {
    case "ok": answer = .success(.done(try keys.details(of: request)))
    case "refused":
      try keys.requireNoOther(than: ["rule", "class", "message"])
      let refusal = PortAnswer.Refusal(
        rule: try keys.optionalText("rule"), class: try keys.optionalText("class"),
        message: try keys.optionalText("message"))
      guard refusal.rule != nil || refusal.class != nil else {
        throw keys.flaw("outcome", "refused with neither rule nor class")
      }
      if let rule = refusal.rule, Rule(rawValue: rule) == nil, !Requirement.isKnown(rule) {
        throw keys.flaw("rule", "there is no rule \(PrintableText(rule))")
      }
      answer = .success(.refused(refusal))
    case "unsupported":
      try keys.requireNoOther(than: ["feature", "message"])
      answer = .success(.unsupported(feature: try keys.text("feature")))
    case "not-implemented":
      try keys.requireNoOther(than: ["message"])
      answer = .success(.notImplemented)
    case "error":
      try keys.requireNoOther(than: ["message"])
      answer = .failure(.internalError(try keys.optionalText("message") ?? "no message"))
    case let other: throw keys.flaw("outcome", "there is no outcome \(PrintableText(other))")
    }
  }
}

extension CodingUserInfoKey {
  fileprivate static var request: CodingUserInfoKey {
    guard let key = CodingUserInfoKey(rawValue: "request") else {
      preconditionFailure("no key of this name")
    }
    return key
  }
}

/// A key of any name.
struct AnyKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = "\(intValue)"
    self.intValue = intValue
  }
}

/// The keys of an object in an answer, which takes no others than it is asked for.
struct AnswerKeys {
  private let container: KeyedDecodingContainer<AnyKey>

  init(_ container: KeyedDecodingContainer<AnyKey>) { self.container = container }

  /// Returns an error of the object as a whole.
  func flaw(_ words: String) -> DecodingError {
    .dataCorrupted(
      DecodingError.Context(codingPath: container.codingPath, debugDescription: words))
  }

  /// Returns an error at a key.
  func flaw(_ key: String, _ words: String) -> DecodingError {
    .dataCorrupted(
      DecodingError.Context(
        codingPath: container.codingPath + [AnyKey(stringValue: key)], debugDescription: words))
  }

  /// Requires that there is no key but `id`, `outcome` and these.
  func requireNoOther(than keys: [String]) throws {
    try requireOnly(keys + ["id", "outcome"])
  }

  /// Requires that there is no key but these.
  func requireOnly(_ keys: [String]) throws {
    let others = container.allKeys.map(\.stringValue).filter { !keys.contains($0) }.sorted()
    guard let other = others.first else { return }
    throw flaw(other, "there is no such key here")
  }

  func text(_ key: String) throws -> String {
    try container.decode(String.self, forKey: AnyKey(stringValue: key))
  }

  func optionalText(_ key: String) throws -> String? {
    container.contains(AnyKey(stringValue: key)) ? try text(key) : nil
  }

  func flag(_ key: String) throws -> Bool {
    try container.decode(Bool.self, forKey: AnyKey(stringValue: key))
  }

  /// Decodes a number that is a number.
  func number(_ key: String) throws -> UInt64 {
    try WrongJSON.wholeNumber(UInt64.self, in: container, at: AnyKey(stringValue: key))
  }

  /// Decodes a quantity, which is a string of digits.
  func digits(_ key: String) throws -> UInt64 {
    let text = try text(key)
    guard let number = PortNumber(text) else {
      throw flaw(key, "'\(PrintableText(text))' is no number in digits")
    }
    return number.value
  }

  func uuid(_ key: String) throws -> ImageUUID {
    let text = try text(key)
    guard let uuid = ImageUUID(text), uuid.description == text else {
      throw flaw(key, "'\(PrintableText(text))' is no UUID in lower case")
    }
    return uuid
  }

  /// The names of the keys, sorted.
  var names: [String] { container.allKeys.map(\.stringValue).sorted() }

  func numbers(_ key: String) throws -> [UInt64] {
    try container.decode([UInt64].self, forKey: AnyKey(stringValue: key))
  }

  func texts(_ key: String) throws -> [String] {
    try container.decode([String].self, forKey: AnyKey(stringValue: key))
  }

  /// Decodes a list of objects, each with `body`.
  ///
  /// - Throws: `DecodingError`, also if there are more than `most`.
  func list<Element>(
    _ key: String, most: Int = 10_000, _ body: (AnswerKeys) throws -> Element
  ) throws -> [Element] {
    var list = try container.nestedUnkeyedContainer(forKey: AnyKey(stringValue: key))
    var elements: [Element] = []
    while !list.isAtEnd {
      guard elements.count < most else { throw flaw(key, "more than \(most)") }
      elements.append(try body(AnswerKeys(try list.nestedContainer(keyedBy: AnyKey.self))))
    }
    return elements
  }

  func optionalList<Element>(
    _ key: String, _ body: (AnswerKeys) throws -> Element
  ) throws -> [Element] {
    container.contains(AnyKey(stringValue: key)) ? try list(key, body) : []
  }

  /// Decodes an object.
  func object(_ key: String) throws -> AnswerKeys {
    AnswerKeys(
      try container.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey(stringValue: key)))
  }

  func contains(_ key: String) -> Bool { container.contains(AnyKey(stringValue: key)) }
}

/// A quantity of the port: decimal digits without leading zeros, below 2^64.
struct PortNumber {
  let value: UInt64

  init?(_ text: some StringProtocol) {
    guard !text.isEmpty, text.utf8.count <= 20,
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      text == "0" || text.utf8.first != UInt8(ascii: "0"), let value = UInt64(text)
    else { return nil }
    self.value = value
  }
}
