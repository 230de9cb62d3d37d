/// A number of 64 bits, in JSON a string of its decimal digits.
///
/// Many readers of JSON round numbers above 2^53 - 1.
public struct Digits: Hashable, Sendable {
  /// The number.
  public let number: UInt64

  /// Makes the digits of `number`.
  public init(_ number: UInt64) { self.number = number }
}

extension Digits: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let number = UInt64(text), "\(number)" == text else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "'\(text.prefix(40))' is no whole number from 0 to \(UInt64.max)")
    }
    self.init(number)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Digits: CustomStringConvertible {
  public var description: String { "\(number)" }
}

extension Digits: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: UInt64) { self.init(value) }
}
