/// A number of 64 bits in JSON: written as a string, as many languages read numbers as floating point,
/// which is exact up to 2^53 only; read from a string or a number.
@propertyWrapper
struct ExactNumber: Codable, Hashable, Sendable {
  var wrappedValue: UInt64

  init(wrappedValue: UInt64) { self.wrappedValue = wrappedValue }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(UInt64.self) {
      wrappedValue = number
      return
    }
    let text = try container.decode(String.self)
    guard let number = UInt64(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is no number of 64 bits")
    }
    wrappedValue = number
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode("\(wrappedValue)")
  }
}
