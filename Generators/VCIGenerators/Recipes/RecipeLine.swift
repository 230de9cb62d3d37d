/// A line of a recipe, without its comment.
struct RecipeLine {
  /// The word before the colon; `nil` if no colon follows the first word.
  let key: Substring?
  /// The rest of a line with a key, or the whole of a line without one.
  let text: Substring
  /// The words of `text`.
  let words: [Substring]

  /// The keys whose values are free text: `#` does not begin a comment there.
  private static let textKeys: Set<Substring> = ["title", "tool", "version", "how"]

  init(_ line: Substring) {
    let line = Self.trimmed(line)
    let head = line.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
    let rest = line[head.endIndex...]
    if !head.isEmpty, rest.hasPrefix(":") {
      key = head
      let value = Self.trimmed(rest.dropFirst())
      text = Self.textKeys.contains(head) ? value : Self.withoutComment(value)
    } else {
      key = nil
      text = Self.withoutComment(line)
    }
    words = text.split { $0 == " " || $0 == "\t" }
  }

  /// Whether the line has no key and no words.
  var isEmpty: Bool { key == nil && words.isEmpty }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0.isWhitespace }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }

  private static func withoutComment(_ text: Substring) -> Substring {
    var before: Character = " "
    for index in text.indices {
      if text[index] == "#", before.isWhitespace { return trimmed(text[..<index]) }
      before = text[index]
    }
    return text
  }
}
