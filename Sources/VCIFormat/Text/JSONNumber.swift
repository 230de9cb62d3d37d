/// A number as JSON that every reader takes as it is: many round what is above 2^53 - 1, so from there
/// on it is a string of digits.
///
/// It is for numbers that get there only in files larger than any image; others are strings always.
public struct JSONNumber: Encodable, Sendable {
  /// The largest number that stays a number.
  public static let most: UInt64 = 1 << 53 - 1

  private let value: UInt64

  /// Makes the JSON form of `value`.
  public init(_ value: UInt64) { self.value = value }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value <= Self.most {
      try container.encode(value)
    } else {
      try container.encode("\(value)")
    }
  }
}
