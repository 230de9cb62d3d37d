/// The reason why a text is no recipe.
package struct RecipeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line, counted from 1; 0 if the recipe as a whole is wrong.
  package let line: Int
  package let reason: String

  package init(line: Int, _ reason: String) {
    self.line = line
    self.reason = reason
  }

  package var description: String { line == 0 ? reason : "line \(line): \(reason)" }
}

/// The reason why words of a line cannot be parsed.
package struct WordError: Error, Hashable, Sendable {
  package let reason: String

  init(_ reason: String) { self.reason = reason }
}

/// Parses the numbers of recipes.
enum RecipeNumber {
  /// Parses decimal digits, or `0x` and hexadecimal digits.
  ///
  /// - Throws: `WordError` for any other text, and for numbers of more than 64 bits.
  static func parse(_ text: some StringProtocol) throws(WordError) -> UInt64 {
    let isHexadecimal = text.hasPrefix("0x")
    let digits = isHexadecimal ? text.dropFirst(2) : text[...]
    let isNumber =
      !digits.isEmpty
      && digits.utf8.allSatisfy { byte in
        let letter = byte | 0x20
        return (byte >= 0x30 && byte <= 0x39)
          || (isHexadecimal && letter >= 0x61 && letter <= 0x66)
      }
    guard isNumber else { throw WordError("\(text) is no number") }
    guard let number = UInt64(digits, radix: isHexadecimal ? 16 : 10) else {
      throw WordError("\(text) is more than 64 bits hold")
    }
    return number
  }

  /// Parses a byte of one or two hexadecimal digits.
  static func byte(_ text: Substring) throws(WordError) -> UInt8 {
    guard text.utf8.count <= 2, !text.hasPrefix("+"), !text.hasPrefix("-"),
      let byte = UInt8(text, radix: 16)
    else { throw WordError("\(text) is no byte, one or two hexadecimal digits") }
    return byte
  }

  /// Parses `FIRST+COUNT`.
  static func run(_ text: some StringProtocol) throws(WordError) -> (first: UInt64, count: UInt64) {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == "+" }
    guard parts.count == 2 else { throw WordError("\(text) is to be FIRST+COUNT") }
    return (try parse(parts[0]), try parse(parts[1]))
  }
}
