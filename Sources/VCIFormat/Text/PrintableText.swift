/// Text that a terminal shows and does not obey.
///
/// Names of files, titles of recipes and what other programs print come from outside: a line end in one
/// of them forges a line of ours, and a control sequence hides one. Every character that is not seen
/// (control, format, line and paragraph separators, private use, unassigned) becomes an escape:
/// `\n`, `\r`, `\t`, `\u001b`, `\U000e0001`. Text that is printable already stays as it is, so that
/// escaping twice is escaping once.
public struct PrintableText: Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// Makes printable text of `text`. O(n).
  public init(_ text: some StringProtocol) {
    description = Self.escaped(text) { !Self.isSeen($0) }
  }

  /// Makes printable text of the lines in `text`, whose line ends stay.
  ///
  /// Characters above U+FFFF stay too: all escapes are those of JSON, so that JSON stays JSON. O(n).
  public init(lines text: some StringProtocol) {
    description = Self.escaped(text) { scalar in
      scalar != "\n" && scalar.value <= 0xffff && !Self.isSeen(scalar)
    }
  }

  /// Makes printable text of `name`; a byte that belongs to no UTF-8 becomes `\xff`. O(n).
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
  /// Whether a terminal shows a mark, or a space, for `scalar`, and does nothing else.
  static func isSeen(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return (0x20...0x7e).contains(scalar.value) }
    return switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
      .unassigned:
      false
    default: true
    }
  }

  /// The escape of a character that is not seen.
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

  /// `text` with escapes for the characters that `isEscaped` names.
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

  /// `number` in hexadecimal, with so many digits at least.
  static func hexadecimal(_ number: UInt32, digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
