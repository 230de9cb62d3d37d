/// The name of a file: bytes, which need not be UTF-8.
///
/// `description` is for people, printable and on one line; `text` is for other programs, with
/// `hexadecimal` if the name is not UTF-8; `shellWord` is for a shell.
public struct FileName: Hashable, Sendable {
  /// The bytes, none of which is 0.
  public let bytes: [UInt8]

  /// Makes the name with these bytes.
  public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// Makes the name whose bytes are the UTF-8 of `text`.
  public init(_ text: String) { bytes = Array(text.utf8) }
}

extension FileName: CustomStringConvertible {
  public var description: String { PrintableText(self).description }
}

extension FileName {
  /// A part of a name.
  public enum Piece: Hashable, Sendable {
    /// A character.
    case scalar(Unicode.Scalar)
    /// A byte that is not part of a UTF-8 character.
    case byte(UInt8)
  }

  /// The characters of the name, and the bytes that are not part of one. O(n).
  public var pieces: [Piece] {
    var pieces: [Piece] = []
    pieces.reserveCapacity(bytes.count)
    var rest = bytes[...]
    while let first = rest.first {
      let length = Self.length(ofCharacterWith: first)
      // Bytes that are not a whole character are taken one by one.
      let text = String(validating: rest.prefix(length), as: UTF8.self)
      if let scalars = text?.unicodeScalars, scalars.count == 1, let scalar = scalars.first {
        pieces.append(.scalar(scalar))
        rest = rest.dropFirst(length)
      } else {
        pieces.append(.byte(first))
        rest = rest.dropFirst()
      }
    }
    return pieces
  }

  /// Returns the number of bytes of a character that begins with `first`.
  private static func length(ofCharacterWith first: UInt8) -> Int {
    switch first {
    case ..<0xc0: 1
    case ..<0xe0: 2
    case ..<0xf0: 3
    default: 4
    }
  }

  /// The name as text, with U+FFFD for bytes that are not UTF-8.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The bytes in hexadecimal, two digits each, if the name is not UTF-8; otherwise `nil`.
  public var hexadecimal: String? {
    guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
    return bytes.map { PrintableText.hexadecimal(UInt32($0), digits: 2) }.joined()
  }
}

extension FileName {
  /// The name as one word of a shell: bare, in single quotes, or, if it has characters that are not
  /// printable, as `$'…'`, which bash, zsh and ksh know.
  public var shellWord: String {
    let pieces = pieces
    if !bytes.isEmpty, bytes.allSatisfy(Self.isPlain) { return text }
    let isSeen = pieces.allSatisfy {
      if case .scalar(let scalar) = $0 { PrintableText.isSeen(scalar) } else { false }
    }
    guard isSeen else { return "$'" + pieces.map(Self.ansi).joined() + "'" }
    return "'"
      + text.split(separator: "'", omittingEmptySubsequences: false).joined(
        separator: "'\\''") + "'"
  }

  /// Returns whether `byte` has no special meaning in any shell.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "_-+.,/:@%=".utf8.contains(byte)
    }
  }

  /// Returns the form of `piece` inside of `$'…'`.
  private static func ansi(_ piece: Piece) -> String {
    switch piece {
    case .scalar("'"): "\\'"
    case .scalar("\\"): "\\\\"
    case .scalar(let scalar) where PrintableText.isSeen(scalar): String(scalar)
    case .scalar(let scalar): String(scalar).utf8.map(hexadecimal).joined()
    case .byte(let byte): hexadecimal(byte)
    }
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    "\\x" + PrintableText.hexadecimal(UInt32(byte), digits: 2)
  }
}
