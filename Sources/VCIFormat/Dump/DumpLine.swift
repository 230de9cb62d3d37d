/// A line of a dump.
package enum DumpLine: Hashable, Sendable {
  /// Bytes and their meaning.
  case bytes(DumpedBytes)
  /// A remark on the lines that follow, or on something that is missing.
  case note(String)
}

/// Bytes of an image, and their meaning.
package struct DumpedBytes: Hashable, Sendable {
  /// The first byte in the file.
  package let offset: UInt64
  /// The bytes, or the first of them; never more than 16.
  package let bytes: [UInt8]
  /// The number of all bytes.
  package let length: Int
  /// Their name: `header.treeRoot`, `tree/0/extent[5].blockAddress`.
  package let path: String
  /// Their value.
  package let value: String
  /// The meaning of the value, in words.
  package let meaning: String

  /// The bytes in hexadecimal, with two dots if there are more.
  package var digits: String {
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
