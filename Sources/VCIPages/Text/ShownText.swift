internal import Mustache
internal import VCIFormat

/// Text of a matrix as it stands in a page: printable, of bounded length, and without what the
/// template library would not escape.
///
/// All of it may come from programs of others. The library escapes `<`, `>`, `&` and both kinds of
/// quotation marks, but takes a text character by character: one that has a mark on it, such as a
/// quotation mark with an accent, is another character to it, and goes out as it is. Here a mark on
/// one of these five becomes an escape.
struct ShownText: Hashable, Sendable, MustacheCustomRenderable {
  private let shown: String

  /// The most characters of a text that are shown.
  static let most = 2000

  /// The most lines of a text that are shown.
  static let mostLines = 40

  /// Makes the text on one line. O(`most`) beside the count of the bytes.
  init(_ text: String, most: Int = ShownText.most) {
    let (start, rest) = Self.cut(text, to: most)
    shown = Self.withoutMarks(PrintableText(start).description) + rest
  }

  /// Makes the text with its line ends, of which only the first `mostLines` are kept.
  init(lines text: String) {
    let (start, rest) = Self.cut(text, to: Self.most)
    let lines = PrintableText.lines(start)
    let left = lines.count > Self.mostLines ? "\n… \(lines.count - Self.mostLines) more lines" : ""
    shown =
      lines.prefix(Self.mostLines).map(Self.withoutMarks).joined(separator: "\n") + left + rest
  }

  /// Returns the first characters of `text`, and words on those that are left out.
  private static func cut(_ text: String, to most: Int) -> (start: String, rest: String) {
    let scalars = text.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: most, limitedBy: scalars.endIndex),
      end != scalars.endIndex
    else { return (text, "") }
    return (
      String(scalars[..<end]), "… (cut; \(ShownCount.grouped(text.utf8.count)) bytes in all)"
    )
  }

  /// Returns printable `text` in which no mark stands on a character that is to be escaped.
  private static func withoutMarks(_ text: String) -> String {
    // Nearly all text is ASCII, in which a character is a scalar.
    guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
    var result = String.UnicodeScalarView()
    for character in text {
      let scalars = character.unicodeScalars
      guard scalars.count > 1, let first = scalars.first, isEscaped(first) else {
        result.append(contentsOf: scalars)
        continue
      }
      result.append(first)
      for mark in scalars.dropFirst() {
        result.append(contentsOf: "\\u{\(String(mark.value, radix: 16))}".unicodeScalars)
      }
    }
    return String(result)
  }

  private static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
    ["<", ">", "&", "\"", "'"].contains(scalar)
  }

  var renderText: String { shown }

  /// Whether a section of the text is left out: if it is empty.
  var isNull: Bool { shown.isEmpty }
}
