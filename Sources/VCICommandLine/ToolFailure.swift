internal import VCIFormat

/// An end of the program that its command has fully told of: the exit code alone is left to give.
public struct ToolExit: Error {
  /// The exit code.
  public let code: Int32

  /// Ends the program with `code`.
  public init(_ code: Int32) { self.code = code }
}

/// A failure to tell of: in text on standard error, and with `--json` as an object on standard
/// output.
public struct ToolFailure: Error {
  /// The exit code.
  public let code: Int32
  /// What kind of failure it is, in a word.
  public let kind: String
  /// What is wrong.
  public let message: String

  /// Makes a tool failure of these values; the message is made printable, on one line.
  public init(code: Int32, kind: String, _ message: String) {
    self.code = code
    self.kind = kind
    self.message = PrintableText(RawArguments.argument(of: message)).description
  }

  /// The exit code of wrong usage.
  static let usageCode: Int32 = 64

  /// A wrong use of the command line.
  public static func usage(_ message: String) -> ToolFailure {
    ToolFailure(code: usageCode, kind: "usage", message)
  }
}

extension ToolFailure {
  /// The failure as an object: `{"error":{"kind":…,"message":…},"exit":…}`.
  var object: some Encodable {
    Object(error: Object.Body(kind: kind, message: message), exit: code)
  }

  private struct Object: Encodable {
    struct Body: Encodable {
      let kind: String
      let message: String
    }

    let error: Body
    let exit: Int32
  }
}
