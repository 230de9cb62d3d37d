internal import Glibc
public import VCIFormat

/// The arguments of the program, which are bytes, as texts that a parser takes and that lose none.
///
/// A byte that belongs to no UTF-8 becomes a character of its own from the end of the private-use
/// plane, U+10FF00 and the byte; so do the bytes of such a character itself. What is valid UTF-8
/// otherwise, so every option, is its own text. `PathArgument` turns the texts into paths again.
public enum RawArguments {
  /// The arguments that this program was started with, its name left out.
  public static var all: [String] {
    let count = Int(CommandLine.argc)
    return (1..<max(1, count)).compactMap { index in
      unsafe CommandLine.unsafeArgv[index].map { argument in
        let bytes = unsafe UnsafeBufferPointer(start: argument, count: strlen(argument))
        return unsafe text(of: FileName(bytes: bytes.map(UInt8.init(bitPattern:))))
      }
    }
  }

  /// The value of an environment variable, as the bytes it has; `nil` where there is none.
  public static func environment(_ name: String) -> FileName? {
    unsafe getenv(name).map { value in
      unsafe FileName(
        bytes: UnsafeBufferPointer(start: value, count: strlen(value)).map(
          UInt8.init(bitPattern:)))
    }
  }

  /// The first of the characters that stand for bytes.
  private static let base: UInt32 = 0x10_ff00

  /// The text of an argument.
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

  /// The argument whose text is `text`, or that stands in it.
  static func argument(of text: String) -> FileName {
    FileName(
      bytes: text.unicodeScalars.flatMap { scalar in
        scalar.value < base
          ? Array(String(scalar).utf8) : [UInt8(truncatingIfNeeded: scalar.value)]
      })
  }
}
