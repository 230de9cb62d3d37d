internal import VCIGenerators

/// The lines of a stored case that recipes do not have, and the recipe without these lines.
struct CaseLines {
  private struct Line {
    let number: Int
    let key: String
    let value: String
  }

  private var lines: [Line] = []
  /// The text with these lines replaced by empty ones, so that the other lines keep their numbers.
  private(set) var recipe = ""

  /// The keys of the lines that recipes do not have.
  private static let keys: Set<String> = [
    "case", "seed", "iteration", "target", "corpus", "kind", "base", "advice", "discrepancy",
    "image", "origin", "operation",
  ]
  /// The keys whose values are text, in which `#` begins no comment.
  private static let textKeys: Set<String> = ["discrepancy", "origin"]
  /// The largest number of operations of a case.
  private static let operationLimit = 1 << 20

  /// Splits the text of a case; `nil` if its front matter has no line `case:`.
  init?(_ text: String) {
    guard Self.isCase(text) else { return nil }
    // The text is split by bytes, since the characters of a hostile text can take long to find.
    for (index, line) in text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false)
      .enumerated()
    {
      if let key = Self.key(of: line), Self.keys.contains(key) {
        lines.append(Line(number: index + 1, key: key, value: Self.value(of: line, key)))
      } else {
        recipe += Substring(line)
      }
      recipe += "\n"
    }
  }

  /// Returns whether `case:` is among the keys at the start of the text.
  private static func isCase(_ text: String) -> Bool {
    for line in text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).lazy {
      guard let key = key(of: line) else {
        if trimmed(line).first.map({ $0 == UInt8(ascii: "#") }) ?? true { continue }
        return false
      }
      if key == "case" { return true }
    }
    return false
  }

  /// Returns the word before the colon; `nil` if the line does not begin with one word and a colon.
  private static func key(of line: Substring.UTF8View) -> String? {
    let text = trimmed(line)
    let word = text.prefix {
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
    }
    guard text[word.endIndex...].first == UInt8(ascii: ":") else { return nil }
    return String(Substring(word))
  }

  private static func value(of line: Substring.UTF8View, _ key: String) -> String {
    var value = trimmed(line).dropFirst(key.utf8.count + 1)
    if !textKeys.contains(key), let comment = comment(in: value) { value = value[..<comment] }
    return String(Substring(trimmed(value)))
  }

  /// Returns the index of the first `#` at the start or after a space; `nil` if there is none.
  private static func comment(in value: Substring.UTF8View) -> String.Index? {
    value.indices.first { index in
      value[index] == UInt8(ascii: "#")
        && (index == value.startIndex || isSpace(value[value.index(before: index)]))
    }
  }

  /// Returns the line without a byte order mark at its start, and without spaces at its ends.
  private static func trimmed(_ line: Substring.UTF8View) -> Substring.UTF8View {
    var line = line.starts(with: [0xef, 0xbb, 0xbf]) ? line.dropFirst(3) : line
    line = line.drop { isSpace($0) }
    while let last = line.last, isSpace(last) { line.removeLast() }
    return line
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0d
  }
}

extension CaseLines {
  /// Returns the number of the first line with `key`; 0 if there is none.
  func line(_ key: String) -> Int { lines.first { $0.key == key }?.number ?? 0 }

  /// Returns the value of the line with `key`; `nil` if there is none.
  ///
  /// - Throws: `RecipeError` if there are two such lines.
  func text(_ key: String) throws(RecipeError) -> String? {
    let found = lines.filter { $0.key == key }
    guard found.count < 2 else { throw RecipeError(line: found[1].number, "a second \(key):") }
    return found.first?.value
  }

  /// Returns the value of the line with `key`, parsed with `parse`.
  ///
  /// - Throws: `RecipeError` if there is no such line or there are two, or if `parse` returns
  ///   `nil`.
  func value<Value>(
    _ key: String, _ parse: (String) -> Value?
  ) throws(RecipeError) -> Value {
    guard let text = try text(key) else { throw RecipeError(line: 0, "a case without \(key):") }
    guard let value = parse(text) else {
      throw RecipeError(line: line(key), "there is no \(key) '\(text.prefix(60))'")
    }
    return value
  }

  /// Returns the values of all lines with `key`, parsed with `parse`.
  ///
  /// - Throws: `RecipeError` if `parse` returns `nil`.
  func values<Value>(
    _ key: String, _ parse: (String) -> Value?
  ) throws(RecipeError) -> [Value] {
    var values: [Value] = []
    for line in lines where line.key == key {
      guard let value = parse(line.value) else {
        throw RecipeError(line: line.number, "'\(line.value.prefix(60))' is no \(key)")
      }
      values.append(value)
    }
    return values
  }

  /// Returns the number in the line with `key`; `usual` if there is no such line.
  ///
  /// - Throws: `RecipeError` if the value is no number, or if there is neither a line nor a
  ///   default.
  func number(_ key: String, usually usual: UInt64? = nil) throws(RecipeError) -> UInt64 {
    guard let text = try text(key) else {
      guard let usual else { throw RecipeError(line: 0, "a case without \(key):") }
      return usual
    }
    guard let number = UInt64(text) else {
      throw RecipeError(
        line: line(key),
        "\(key): \(text.prefix(60)) is no whole number from 0 to \(UInt64.max)")
    }
    return number
  }

  /// Returns the operations; `nil` if there is no line `operation:`. The line `operation: none` is
  /// an empty workload.
  ///
  /// - Throws: `RecipeError` if a line is no operation, or if there are too many.
  func workload() throws(RecipeError) -> Workload? {
    let count = lines.count { $0.key == "operation" }
    guard count > 0 else { return nil }
    guard count <= Self.operationLimit else {
      throw RecipeError(line: 0, "more than \(Self.operationLimit) operations")
    }
    if count == 1, try text("operation") == "none" { return Workload() }
    return Workload(
      try values("operation") { Workload(parsing: [$0]) }.flatMap(\.operations))
  }
}
