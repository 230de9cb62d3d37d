/// A line of a dump.
public enum DumpLine: Hashable, Sendable {
  /// Bytes and what they are.
  case bytes(DumpedBytes)
  /// Words about what follows, or about what is not there.
  case note(String)
}

/// Bytes of an image, and what they are.
public struct DumpedBytes: Hashable, Sendable {
  /// The first byte's place in the file.
  public let offset: UInt64
  /// The bytes, or the first of them; never more than 16.
  public let bytes: [UInt8]
  /// How many bytes there are.
  public let length: Int
  /// Their name: `header.treeRoot`, `tree/0/extent[5].blockAddress`.
  public let path: String
  /// What they hold.
  public let value: String
  /// What that means, in words.
  public let meaning: String

  /// The bytes in hexadecimal, and two dots where there are more.
  public var digits: String {
    let shown = bytes.map { hexadecimal(UInt64($0), digits: 2) }.joined(separator: " ")
    return length > bytes.count ? shown + " .." : shown
  }
}

extension DumpLine: CustomStringConvertible {
  public var description: String {
    switch self {
    case .note(let words): "# \(words)"
    case .bytes(let dumped):
      [
        hexadecimal(dumped.offset, digits: 8), padded(dumped.digits, to: 26),
        padded(dumped.path, to: 34), padded(dumped.value, to: 20), dumped.meaning,
      ].joined(separator: "  ")
    }
  }

  private func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.utf8.count))
  }
}
