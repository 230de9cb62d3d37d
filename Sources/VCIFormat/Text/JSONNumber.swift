/// A number in JSON: a string of digits if it is above 2^53 - 1, because many readers would round
/// it.
///
/// For offsets and sizes, which rarely get there. Other 64-bit numbers are always strings.
package struct JSONNumber: Encodable, Sendable {
  /// The largest number that stays a number.
  package static let most: UInt64 = 1 << 53 - 1

  private let value: UInt64

  /// Makes the JSON form of `value`.
  package init(_ value: UInt64) { self.value = value }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value <= Self.most {
      try container.encode(value)
    } else {
      try container.encode("\(value)")
    }
  }
}
