internal import FoundationEssentials

/// Descriptions of errors in JSON, with place and value.
public enum WrongJSON {
  /// Returns a description of `error`: the place, as `findings[2].offset`, and what is wrong there.
  public static func reason(of error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return "the key '\(place(context.codingPath + [key]))' is missing"
    case DecodingError.valueNotFound(_, let context):
      return "'\(place(context.codingPath))' is null"
    case DecodingError.typeMismatch(_, let context), DecodingError.dataCorrupted(let context):
      let place = place(context.codingPath)
      let isJSON = !context.debugDescription.contains("not valid JSON")
      guard !place.isEmpty else { return isJSON ? "it is no JSON object" : "it is no JSON" }
      return "'\(place)': \(words(context.debugDescription))"
    default: return "it cannot be read: \(error)"
    }
  }

  /// Returns a path of keys from the outermost on.
  private static func place(_ path: [any CodingKey]) -> String {
    var place = ""
    for key in path {
      if let index = key.intValue {
        place += "[\(index)]"
      } else {
        place += (place.isEmpty ? "" : ".") + key.stringValue
      }
    }
    return place
  }

  /// Returns the decoder's words as a part of a sentence.
  private static func words(_ text: String) -> String {
    let text = text.hasSuffix(".") ? text.dropLast() : text[...]
    return text.prefix(1).lowercased() + text.dropFirst()
  }

  /// Decodes the whole number at `key`. `JSONDecoder` itself cuts off a fraction, and for a number
  /// that is negative or too large it says that the whole text is not JSON.
  ///
  /// - Throws: `DecodingError`, which names the number.
  public static func wholeNumber<Value: FixedWidthInteger & Decodable, Key>(
    _ type: Value.Type, in container: KeyedDecodingContainer<Key>, at key: Key
  ) throws -> Value {
    let number: Decimal
    do {
      number = try container.decode(Decimal.self, forKey: key)
    } catch DecodingError.typeMismatch(_, let context) {
      throw DecodingError.typeMismatch(
        type,
        DecodingError.Context(
          codingPath: context.codingPath,
          debugDescription: "it is no number"))
    }
    guard let value = Value("\(number)") else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: container.codingPath + [key],
          debugDescription: "\(number) is no whole number from \(Value.min) to \(Value.max)"))
    }
    return value
  }
}

extension KeyedDecodingContainer {
  // Synthesized `Decodable` conformances in this module call these instead of the library's own.

  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
    try WrongJSON.wholeNumber(type, in: self, at: key)
  }

  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 {
    try WrongJSON.wholeNumber(type, in: self, at: key)
  }
}
