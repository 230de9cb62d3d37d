internal import VCIFormat

/// Ends the program with an exit code only: the command has reported everything else already.
public struct ToolExit: Error {
  /// The exit code.
  public let code: Int32

  /// Makes an exit with `code`.
  public init(_ code: Int32) { self.code = code }
}

/// A failure that is reported as text on standard error and, with `--json`, also as an object on
/// standard output.
public struct ToolFailure: Error {
  /// The exit code.
  public let code: Int32
  /// The kind of the failure, in one word.
  public let kind: String
  /// The description of the failure, on one line.
  public let message: String
  /// The description on standard error, which may have several lines.
  let text: String

  /// Makes a failure of these values. `message` is made printable, on one line; so is each line of
  /// `text`, which stands for the message on standard error if there is one.
  public init(code: Int32, kind: String, _ message: String, text: String? = nil) {
    self.code = code
    self.kind = kind
    self.message = Self.printable(message)
    self.text = text.map(Self.printableLines) ?? self.message
  }

  private static func printableLines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { printable(String($0)) }.joined(separator: "\n")
  }

  private static func printable(_ line: String) -> String {
    PrintableText(RawArguments.argument(of: line)).description
  }

  /// The exit code for wrong usage of the command line.
  static let usageCode: Int32 = 64

  /// Returns the failure for wrong usage of the command line.
  public static func usage(_ message: String) -> ToolFailure {
    ToolFailure(code: usageCode, kind: "usage", message)
  }
}

extension ToolFailure {
  /// The failure as a JSON object: `{"error":{"kind":…,"message":…},"exit":…}`.
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
