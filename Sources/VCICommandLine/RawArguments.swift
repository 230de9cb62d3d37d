internal import Glibc
public import VCIFormat

/// The arguments of the program, which are arbitrary bytes, as strings that keep every byte.
///
/// A byte that is not part of valid UTF-8 becomes the private-use character U+10FF00 plus the byte,
/// and so does each byte of such a character itself. All other text, and so every option, is
/// unchanged. `PathArgument` turns the strings into paths again.
public enum RawArguments {
  /// The arguments of this program, without its name.
  public static var all: [String] {
    let count = Int(CommandLine.argc)
    return (1..<max(1, count)).compactMap { index in
      unsafe CommandLine.unsafeArgv[index].map { argument in
        let bytes = unsafe UnsafeBufferPointer(start: argument, count: strlen(argument))
        return unsafe text(of: FileName(bytes: bytes.map(UInt8.init(bitPattern:))))
      }
    }
  }

  /// Returns the bytes of an environment variable; `nil` if it is not set.
  public static func environment(_ name: String) -> FileName? {
    unsafe getenv(name).map { value in
      unsafe FileName(
        bytes: UnsafeBufferPointer(start: value, count: strlen(value)).map(
          UInt8.init(bitPattern:)))
    }
  }

  /// The first of the characters that encode bytes.
  private static let base: UInt32 = 0x10_ff00

  /// Returns the string that encodes an argument.
  static func text(of argument: FileName) -> String {
    var text = ""
    for piece in argument.pieces {
      switch piece {
      case .scalar(let scalar) where scalar.value < base: text.unicodeScalars.append(scalar)
      case .scalar(let scalar): for byte in String(scalar).utf8 { append(byte, to: &text) }
      case .byte(let byte): append(byte, to: &text)
      }
    }
    return text
  }

  private static func append(_ byte: UInt8, to text: inout String) {
    guard let scalar = Unicode.Scalar(base + UInt32(byte)) else {
      preconditionFailure("no character stands for byte \(byte)")
    }
    text.unicodeScalars.append(scalar)
  }

  /// Returns the bytes that `text` encodes: an argument, or a message that contains arguments.
  static func argument(of text: String) -> FileName {
    FileName(
      bytes: text.unicodeScalars.flatMap { scalar in
        scalar.value < base
          ? Array(String(scalar).utf8) : [UInt8(truncatingIfNeeded: scalar.value)]
      })
  }
}
