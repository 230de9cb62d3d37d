/// Text that is safe to print on a terminal.
///
/// Names of files, titles of recipes and output of other programs come from outside: a line end in
/// one of them could forge a line of ours, and a control sequence could hide one. Every character
/// that is not printable (control, format, line and paragraph separators, private use, unassigned)
/// becomes an escape: `\n`, `\r`, `\t`, `\u001b`, `\U000e0001`. Printable text stays as it is, so
/// escaping is idempotent.
public struct PrintableText: Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// Makes printable text of `text`. O(n).
  public init(_ text: some StringProtocol) {
    description = Self.escaped(text) { !Self.isSeen($0) }
  }

  /// Makes printable text of `text`, and keeps its line ends.
  ///
  /// Characters above U+FFFF are kept too: all escapes are JSON's, so JSON stays JSON. O(n).
  public init(lines text: some StringProtocol) {
    description = Self.escaped(text) { scalar in
      scalar != "\n" && scalar.value <= 0xffff && !Self.isSeen(scalar)
    }
  }

  /// Makes printable text of `name`; a byte that is not UTF-8 becomes `\xff`. O(n).
  public init(_ name: FileName) {
    var text = ""
    for piece in name.pieces {
      switch piece {
      case .scalar(let scalar) where Self.isSeen(scalar): text.unicodeScalars.append(scalar)
      case .scalar(let scalar): text += Self.escape(of: scalar)
      case .byte(let byte): text += "\\x" + Self.hexadecimal(UInt32(byte), digits: 2)
      }
    }
    description = text
  }
}

extension PrintableText {
  /// Returns the lines of `text`, each as printable text. O(n).
  package static func lines(_ text: some StringProtocol) -> [String] {
    String(text).unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { PrintableText(String($0)).description }
  }

  /// Returns whether `scalar` is printable or a space.
  static func isSeen(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return (0x20...0x7e).contains(scalar.value) }
    return switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
      .unassigned:
      false
    default: true
    }
  }

  /// Returns the escape of a character that is not printable.
  private static func escape(of scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    case let scalar where scalar.value <= 0xffff:
      "\\u" + hexadecimal(scalar.value, digits: 4)
    default: "\\U" + hexadecimal(scalar.value, digits: 8)
    }
  }

  /// Returns `text` with escapes for the characters that satisfy `isEscaped`.
  private static func escaped(
    _ text: some StringProtocol, _ isEscaped: (Unicode.Scalar) -> Bool
  ) -> String {
    // Nearly all text is printable, and much of it long.
    guard text.unicodeScalars.contains(where: isEscaped) else { return String(text) }
    var escaped = ""
    for scalar in text.unicodeScalars {
      if isEscaped(scalar) {
        escaped += escape(of: scalar)
      } else {
        escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// Returns `number` in hexadecimal, with at least `digits` digits.
  static func hexadecimal(_ number: UInt32, digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
