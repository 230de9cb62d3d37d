/// A UUID: 16 bytes, in the order of its usual text form.
///
/// The file stores the first three fields (32, 16, 16 bits) little endian and the last 8 bytes
/// as they are; the codec swaps them.
public struct ImageUUID: Hashable, Sendable {
  /// The first 8 bytes, big endian.
  public let high: UInt64
  /// The last 8 bytes, big endian.
  public let low: UInt64

  /// Makes the UUID of these two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The UUID whose bits are all zero.
  public static let `nil` = ImageUUID(high: 0, low: 0)

  /// A UUID of version 4, its 122 free bits drawn from `generator`.
  public static func random(using generator: inout some RandomNumberGenerator) -> ImageUUID {
    let high = (generator.next() & 0xffff_ffff_ffff_0fff) | 0x4000
    let low = (generator.next() & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000
    return ImageUUID(high: high, low: low)
  }

  /// Swaps the first three fields between the order of the text form and that of the file.
  var swapped: ImageUUID {
    let first = UInt32(truncatingIfNeeded: high >> 32).byteSwapped
    let second = UInt16(truncatingIfNeeded: high >> 16).byteSwapped
    let third = UInt16(truncatingIfNeeded: high).byteSwapped
    return ImageUUID(
      high: UInt64(first) << 32 | UInt64(second) << 16 | UInt64(third), low: low)
  }
}

extension ImageUUID: LosslessStringConvertible {
  /// Reads the usual form, `8-4-4-4-12` hexadecimal digits in either case.
  public init?(_ description: String) {
    let groups = description.split(separator: "-", omittingEmptySubsequences: false)
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
    let digits = groups.joined()
    guard digits.utf8.count == 32, digits.allSatisfy(\.isHexDigit),
      let high = UInt64(digits.prefix(16), radix: 16),
      let low = UInt64(digits.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  public var description: String {
    let digits = hexadecimal(high, digits: 16) + hexadecimal(low, digits: 16)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text.append("-") }
      text.append(digit)
    }
    return text
  }
}

/// Returns `value` in at least `digits` hexadecimal digits, without a prefix.
func hexadecimal(_ value: UInt64, digits: Int) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}
