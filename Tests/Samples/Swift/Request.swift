internal import FoundationEssentials

/// A line to which there is no answer, as its ID cannot be told.
struct NoRequest: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// An operation of the session form.
enum Operation: String {
  case hello
  case ping
  case bye
  case probe
  case open
  case info
  case read
  case extents
  case create
  case write
  case discard
  case flush
  case setModUUID = "set-moduuid"
  case close
  case check

  /// The keys that its request has, beside `id` and `op`.
  var keys: Set<String> {
    switch self {
    case .hello: ["protocol", "features"]
    case .ping, .bye: []
    case .probe: ["image"]
    case .open: ["image", "handle", "mode"]
    case .info, .flush, .close: ["handle"]
    case .read, .write: ["handle", "block", "count", "file"]
    case .extents: ["image", "file"]
    case .create: ["image", "blocks", "type", "uuid"]
    case .discard: ["handle", "block", "count"]
    case .setModUUID: ["handle", "uuid"]
    case .check: ["image", "repair"]
    }
  }

  /// The keys that may be absent.
  var optionalKeys: Set<String> { self == .open ? ["modUuid"] : [] }
}

/// A request of the session form, whose values are looked at when they are asked for.
struct Request {
  /// The version of the port that this program speaks.
  static let version: UInt64 = 1
  /// The largest number that every reader of JSON reads exactly.
  private static let mostExact: UInt64 = 1 << 53 - 1

  let id: UInt64
  private let values: [String: JSONValue]
  private let repeatsKey: Bool

  /// Reads a line, without its line feed.
  ///
  /// - Throws: `NoRequest` if it is no JSON object with an ID.
  init(_ line: [UInt8]) throws(NoRequest) {
    guard let values = try? JSONDecoder().decode([String: JSONValue].self, from: Data(line)) else {
      throw NoRequest("no JSON object")
    }
    guard let id = values["id"]?.wholeNumber, id <= Self.mostExact else {
      throw NoRequest("no id")
    }
    self.id = id
    self.values = values
    repeatsKey = Self.countOfColons(in: line) > values.count
  }

  /// Returns how many colons stand outside of strings: in an object without objects inside, as
  /// each request is one, as many as there are keys.
  private static func countOfColons(in line: [UInt8]) -> Int {
    var count = 0
    var isInString = false
    var isEscaped = false
    for byte in line {
      switch byte {
      case _ where isEscaped: isEscaped = false
      case UInt8(ascii: "\\"): isEscaped = isInString
      case UInt8(ascii: "\""): isInString.toggle()
      case UInt8(ascii: ":") where !isInString: count += 1
      default: break
      }
    }
    return count
  }

  /// Returns what is asked for, if the request has the keys for it.
  ///
  /// - Throws: `Refusal`.
  func operation() throws(Refusal) -> Operation {
    guard !repeatsKey else { throw .argument("a key stands twice") }
    guard case .text(let name) = values["op"] else { throw .argument("no op") }
    guard let operation = Operation(rawValue: name) else { throw .notImplemented }
    let keys = Set(values.keys).subtracting(["id", "op"])
    if let missing = operation.keys.subtracting(keys).min() {
      throw .argument("\(name) needs the key \(missing)")
    }
    guard keys.subtracting(operation.keys).isSubset(of: operation.optionalKeys) else {
      throw .argument("\(name) has a key too many")
    }
    return operation
  }

  /// Requires that the caller speaks this version of the port. Which features it knows does not
  /// matter to a program that does the same without them.
  ///
  /// - Throws: `Refusal`.
  func requireVersion() throws(Refusal) {
    guard case .list(let features) = values["features"], features.allSatisfy(\.isText) else {
      throw .argument("features is no list of names")
    }
    guard case .list(let versions) = values["protocol"], !versions.isEmpty,
      versions.allSatisfy({ $0.wholeNumber != nil })
    else { throw .argument("protocol is no list of versions") }
    guard versions.contains(where: { $0.wholeNumber == Self.version }) else {
      throw .unsupported(feature: "protocol")
    }
  }

  /// Returns an absolute path of plain characters.
  ///
  /// - Throws: `Refusal`.
  func path(_ key: String) throws(Refusal) -> String {
    let path = try text(key)
    let isPlain = path.utf8.allSatisfy { byte in
      Self.isLetterOrDigit(byte) || "/-_.".utf8.contains(byte)
    }
    guard isPlain, path.hasPrefix("/"), 2..<1000 ~= path.utf8.count else {
      throw .argument("\(key) is no path")
    }
    return path
  }

  /// Returns the name of an image that is open, or is to be.
  ///
  /// - Throws: `Refusal`.
  func handle() throws(Refusal) -> String {
    let handle = try text("handle")
    guard 1...16 ~= handle.utf8.count, handle.utf8.allSatisfy(Self.isLetterOrDigit) else {
      throw .argument("a handle has from 1 to 16 letters and digits")
    }
    return handle
  }

  /// Returns a quantity of blocks.
  ///
  /// - Throws: `Refusal`.
  func quantity(_ key: String) throws(Refusal) -> UInt64 {
    let digits = try text(key)
    guard let number = UInt64(digits), String(number) == digits else {
      throw .argument("\(key) is no string of decimal digits, or not one of 64 bits")
    }
    return number
  }

  /// Returns the first block and the number of blocks of a request for at least one, which ends at
  /// 2^64 at most.
  ///
  /// - Throws: `Refusal`.
  func blocks() throws(Refusal) -> (block: UInt64, count: UInt64) {
    let (block, count) = (try quantity("block"), try quantity("count"))
    guard count > 0, block <= UInt64.max - (count - 1) else {
      throw .argument("\(count) blocks from block \(block) on are no request")
    }
    return (block, count)
  }

  /// Returns a UUID in its usual form, in lower case.
  ///
  /// - Throws: `Refusal`.
  func uuid(_ key: String) throws(Refusal) -> String {
    let uuid = try text(key)
    guard UUID(uuidString: uuid)?.uuidString.lowercased() == uuid else {
      throw .argument("\(key) is no UUID")
    }
    return uuid
  }

  /// Returns a UUID, or `nil` if the request has none.
  ///
  /// - Throws: `Refusal`.
  func optionalUUID(_ key: String) throws(Refusal) -> String? {
    values[key] == nil ? nil : try uuid(key)
  }

  /// Returns one of the words that stand for the cases of `Choice`.
  ///
  /// - Throws: `Refusal`.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ key: String, of choices: Choice.Type
  ) throws(Refusal) -> Choice {
    guard let choice = Choice(rawValue: try text(key)) else {
      let words = choices.allCases.map(\.rawValue).joined(separator: ", ")
      throw .argument("\(key) is none of \(words)")
    }
    return choice
  }

  private func text(_ key: String) throws(Refusal) -> String {
    guard case .text(let text) = values[key] else { throw .argument("\(key) is no text") }
    return text
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }
}

/// A value of JSON, as far as requests have them.
private enum JSONValue: Decodable {
  case number(Double)
  case text(String)
  case list([JSONValue])
  /// What no request has: an object, a truth value, null.
  case other

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let values = try? container.decode([JSONValue].self) {
      self = .list(values)
    } else {
      self = .other
    }
  }

  /// The number, if it is one from 0 to 2^64 - 1 without a fraction.
  var wholeNumber: UInt64? {
    if case .number(let number) = self { UInt64(exactly: number) } else { nil }
  }

  var isText: Bool {
    if case .text = self { true } else { false }
  }
}
