internal import FoundationEssentials

/// A number of 64 bits in JSON: written as a string, as many languages read numbers as floating point,
/// which is exact up to 2^53 only; read from a string or a number.
@propertyWrapper
struct ExactNumber: Codable, Hashable, Sendable {
  var wrappedValue: UInt64

  init(wrappedValue: UInt64) { self.wrappedValue = wrappedValue }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // As a decimal first: the decoder alone cuts off a fraction.
    let number = try? container.decode(Decimal.self)
    let text = try number.map { "\($0)" } ?? container.decode(String.self)
    guard let value = UInt64(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "\(text) is no whole number from 0 to \(UInt64.max)")
    }
    wrappedValue = value
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode("\(wrappedValue)")
  }
}
