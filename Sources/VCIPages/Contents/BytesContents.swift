internal import VCIConformance

/// Bytes that differ, as two lines of hexadecimal digits in which those that differ are marked.
struct BytesContents: Hashable, Sendable {
  struct Byte: Hashable, Sendable {
    let digits: ShownText
    let differs: Bool
  }

  let place: ShownText
  let expected: [Byte]
  let got: [Byte]

  /// The most bytes of a place that are shown.
  private static let mostBytes = 64

  init(_ bytes: Matrix.Bytes) {
    place = ShownText(bytes.place, most: 200)
    let (expected, got) = (Self.digits(of: bytes.expected), Self.digits(of: bytes.got))
    self.expected = Self.compared(expected, with: got)
    self.got = Self.compared(got, with: expected)
  }

  /// Returns the digits of each byte; what are no such digits stands as it is.
  private static func digits(of text: String) -> [String] {
    let bytes = Array(text.utf8.prefix(4 * mostBytes).filter { $0 != UInt8(ascii: " ") })
    guard bytes.count.isMultiple(of: 2), text.utf8.count <= 4 * mostBytes,
      bytes.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
    else { return [text] }
    return stride(from: 0, to: bytes.count, by: 2).map {
      String(decoding: bytes[$0..<$0 + 2], as: UTF8.self)
    }
  }

  private static func compared(_ digits: [String], with others: [String]) -> [Byte] {
    digits.enumerated().map { index, digit in
      let isSame =
        others.indices.contains(index) && others[index].lowercased() == digit.lowercased()
      return Byte(digits: ShownText(digit, most: 200), differs: !isSame)
    }
  }
}

/// The places in which bytes differ: those that are shown, and how many are not.
struct BytesTable: Hashable, Sendable {
  let places: [BytesContents]
  let unshown: ShownText

  /// The most places that are shown.
  static let mostPlaces = 24

  /// Makes the table of some bytes; `nil` of none.
  init?(_ bytes: [Matrix.Bytes]) {
    guard !bytes.isEmpty else { return nil }
    places = bytes.prefix(Self.mostPlaces).map(BytesContents.init)
    let left = bytes.count - places.count
    unshown = ShownText(
      left > 0 ? "and \(ShownCount.counted(left, "place", "places")) more, in matrix.json" : "")
  }
}
