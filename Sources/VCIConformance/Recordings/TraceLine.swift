internal import VCIFormat

/// A file that is no trace of the recorder, or has what this reader does not know.
struct TraceError: Error, Hashable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// A line of a trace: a flat object of JSON whose values are numbers, texts without escapes, or
/// `true` (`Port/recorder/README.md`).
struct TraceLine: Hashable {
  enum Value: Hashable {
    case number(Int)
    case text(ArraySlice<UInt8>)
    case yes
  }

  private(set) var values: [String: Value] = [:]

  /// The most keys of a line.
  private static let mostKeys = 32

  /// Parses a line without its end. O(length).
  ///
  /// - Throws: `TraceError` if it is anything else.
  init(_ line: ArraySlice<UInt8>) throws(TraceError) {
    var parser = FlatParser(line)
    try parser.take(UInt8(ascii: "{"))
    repeat {
      let key = String(decoding: try parser.text(), as: UTF8.self)
      try parser.take(UInt8(ascii: ":"))
      guard values[key] == nil, values.count < Self.mostKeys else {
        throw TraceError("a key stands twice, or there are too many")
      }
      values[key] = try parser.value()
    } while parser.takes(UInt8(ascii: ","))
    try parser.take(UInt8(ascii: "}"))
    guard parser.isAtEnd else { throw TraceError("something stands behind a record") }
  }

  func number(_ key: String) -> Int? {
    if case .number(let number) = values[key] { number } else { nil }
  }

  func text(_ key: String) -> String? {
    if case .text(let bytes) = values[key] { String(decoding: bytes, as: UTF8.self) } else { nil }
  }

  func has(_ key: String) -> Bool { values[key] != nil }

  /// The bytes that a write wrote: those of `data`, or `fill` as often as `result` says.
  ///
  /// - Throws: `TraceError` if they are no bytes, or not so many, or more than `most`.
  func bytes(most: Int) throws(TraceError) -> [UInt8] {
    let count = number("result") ?? 0
    guard count > 0 else {
      guard !has("data"), !has("fill") else { throw TraceError("bytes of a write of none") }
      return []
    }
    guard count <= most else { throw TraceError("a write of \(count) bytes") }
    switch (values["data"], values["fill"]) {
    case (.text(let digits), nil):
      guard digits.count == 2 * count else { throw TraceError("other bytes than were written") }
      return try Self.bytes(digits)
    case (nil, .text(let digits)):
      guard digits.count == 2 else { throw TraceError("fill is no byte") }
      return [UInt8](repeating: try Self.bytes(digits)[0], count: count)
    default: throw TraceError("a write without its bytes")
    }
  }

  private static func bytes(_ digits: ArraySlice<UInt8>) throws(TraceError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    var index = digits.startIndex
    while index < digits.endIndex {
      guard let high = digit(digits[index]), let low = digit(digits[index + 1]) else {
        throw TraceError("a digit that is none")
      }
      bytes.append(high << 4 | low)
      index += 2
    }
    return bytes
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}

/// Parses flat JSON without escapes. Blanks may stand after `:` and `,`.
private struct FlatParser {
  private let bytes: ArraySlice<UInt8>
  private var place: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    place = bytes.startIndex
  }

  var isAtEnd: Bool { place == bytes.endIndex }

  private var next: UInt8? { place < bytes.endIndex ? bytes[place] : nil }

  mutating func takes(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    place += 1
    while next == UInt8(ascii: " ") { place += 1 }
    return true
  }

  mutating func take(_ byte: UInt8) throws(TraceError) {
    guard takes(byte) else { throw TraceError("no record: \(Unicode.Scalar(byte)) is missing") }
  }

  mutating func text() throws(TraceError) -> ArraySlice<UInt8> {
    guard next == UInt8(ascii: "\"") else { throw TraceError("no record: a text is missing") }
    let start = place + 1
    var end = start
    while end < bytes.endIndex, bytes[end] != UInt8(ascii: "\"") {
      guard bytes[end] >= 0x20, bytes[end] < 0x7f, bytes[end] != UInt8(ascii: "\\") else {
        throw TraceError("a text has a byte that none may have")
      }
      end += 1
    }
    guard end < bytes.endIndex else { throw TraceError("a text has no end") }
    place = end + 1
    return bytes[start..<end]
  }

  mutating func value() throws(TraceError) -> TraceLine.Value {
    if next == UInt8(ascii: "\"") { return .text(try text()) }
    let start = place
    while let byte = next, byte != UInt8(ascii: ","), byte != UInt8(ascii: "}") { place += 1 }
    let word = String(decoding: bytes[start..<place].prefix(21), as: UTF8.self)
    if word == "true" { return .yes }
    guard let number = Int(word), word.first != "+", "\(number)" == word else {
      throw TraceError("a value that none may have")
    }
    return .number(number)
  }
}
