internal import VCIFormat

extension Recipe {
  /// Parses a recipe's text, which may begin with a byte order mark.
  ///
  /// - Throws: `RecipeError` for the first line that is wrong, and if the image would hold more
  ///   than `limit` bytes outside of holes.
  package init(
    parsing text: some StringProtocol, writing limit: UInt64 = Self.writtenLimit
  ) throws(RecipeError) {
    var parser = RecipeParser(writing: limit)
    var number = 0
    var text = Substring(text)
    if text.unicodeScalars.first == Self.byteOrderMark {
      text = Substring(text.unicodeScalars.dropFirst())
    }
    try Self.validateLines(of: text)
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      do throws(WordError) {
        try parser.parse(RecipeLine(Substring(line)), number)
      } catch {
        throw RecipeError(line: number, error.reason)
      }
    }
    self = try parser.finish()
  }
}

extension Recipe {
  static let byteOrderMark: Unicode.Scalar = "\u{feff}"

  /// Limits the number of lines and their length.
  private static func validateLines(of text: Substring) throws(RecipeError) {
    var line = 1
    var length = 0
    for byte in text.utf8 {
      length += 1
      if byte == UInt8(ascii: "\n") { (line, length) = (line + 1, 0) }
      guard length <= lineLengthLimit else {
        throw RecipeError(line: line, "more than \(lineLengthLimit) bytes")
      }
      guard line <= lineLimit else {
        throw RecipeError(line: line, "more than \(lineLimit) lines")
      }
    }
  }
}
