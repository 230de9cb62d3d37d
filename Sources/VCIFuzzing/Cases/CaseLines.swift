internal import VCIGenerators

/// The lines of a stored case that recipes do not have, and the recipe that is left without them.
struct CaseLines {
  private struct Line {
    let number: Int
    let key: String
    let value: String
  }

  private var lines: [Line] = []
  /// The text with all those lines left empty, so that the numbers of the others stay.
  private(set) var recipe = ""

  /// The keys of those lines.
  private static let keys: Set<String> = [
    "case", "seed", "iteration", "target", "corpus", "kind", "base", "advice", "discrepancy",
    "image", "origin", "operation",
  ]
  /// The keys whose values are text, in which `#` begins no comment.
  private static let textKeys: Set<String> = ["discrepancy", "origin"]
  /// The most operations of a case.
  private static let operationLimit = 1 << 20

  /// Splits the text of a case; `nil` if its front matter has no line `case:`.
  init?(_ text: String) {
    guard Self.isCase(text) else { return nil }
    // Bytes, not characters: a hostile text has characters that take long to tell apart.
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

  /// Whether `case:` is among the keys with which the text begins.
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

  /// The word before the colon; `nil` if no single word stands before one.
  private static func key(of line: Substring.UTF8View) -> String? {
    let text = trimmed(line)
    let word = text.prefix { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 }
    guard text[word.endIndex...].first == UInt8(ascii: ":") else { return nil }
    return String(Substring(word))
  }

  private static func value(of line: Substring.UTF8View, _ key: String) -> String {
    var value = trimmed(line).dropFirst(key.utf8.count + 1)
    if !textKeys.contains(key), let comment = value.firstIndex(of: UInt8(ascii: "#")) {
      value = value[..<comment]
    }
    return String(Substring(trimmed(value)))
  }

  /// The line without spaces around it, and without a byte order mark before it.
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
  /// The number of the line with `key`; 0 if there is none.
  func line(_ key: String) -> Int { lines.first { $0.key == key }?.number ?? 0 }

  /// What the line with `key` says; `nil` if there is none.
  ///
  /// - Throws: `RecipeError` if there are two.
  func text(_ key: String) throws(RecipeError) -> String? {
    let found = lines.filter { $0.key == key }
    guard found.count < 2 else { throw RecipeError(line: found[1].number, "a second \(key):") }
    return found.first?.value
  }

  /// What the line with `key` says, as `parse` reads it.
  ///
  /// - Throws: `RecipeError` if there is none, or `parse` returns `nil`.
  func value<Value>(
    _ key: String, _ parse: (String) -> Value?
  ) throws(RecipeError) -> Value {
    guard let text = try text(key) else { throw RecipeError(line: 0, "a case without \(key):") }
    guard let value = parse(text) else {
      throw RecipeError(line: line(key), "there is no \(key) '\(text.prefix(60))'")
    }
    return value
  }

  /// What all lines with `key` say, as `parse` reads them.
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

  /// The number that the line with `key` says; `usual` if there is none.
  ///
  /// - Throws: `RecipeError` if it says something else, or there is none and nothing is usual.
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

  /// The operations; `nil` if no line says that there are any, or none.
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
