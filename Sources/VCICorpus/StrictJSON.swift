internal import FoundationEssentials
internal import VCIFormat

/// Decodes JSON that others wrote. A key that stands twice in an object is an error: `JSONDecoder`
/// takes one of the two and says nothing.
public enum StrictJSON {
  /// Decodes a value.
  ///
  /// - Throws: `DecodingError`, also for a key that stands twice, and the errors of `Value`.
  public static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], _ userInfo: [CodingUserInfoKey: any Sendable] = [:]
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.userInfo = userInfo
    let value = try decoder.decode(type, from: Data(bytes))
    guard let key = repeatedKey(in: bytes) else { return value }
    throw DecodingError.dataCorrupted(
      DecodingError.Context(
        codingPath: [Key(stringValue: "\(PrintableText(key))")],
        debugDescription: "the key stands twice"))
  }

  /// The key in place of a path.
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Returns the first key that stands twice in an object; `nil` if there is none. Of bytes that
  /// are no JSON the result means nothing.
  ///
  /// - Complexity: O(*n*) for *n* bytes.
  static func repeatedKey(in bytes: [UInt8]) -> String? {
    // The keys so far of each object that is open; `nil` for a list.
    var open: [Set<[UInt8]>?] = []
    var isKey = false
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "{"):
        open.append([])
        isKey = true
      case UInt8(ascii: "["):
        open.append(nil)
        isKey = false
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        _ = open.popLast()
        isKey = false
      case UInt8(ascii: ","): isKey = (open.last ?? nil) != nil
      case UInt8(ascii: "\""):
        let end = end(ofString: index, in: bytes)
        if isKey, !open.isEmpty {
          let key = unescaped(bytes[index..<end])
          if open[open.count - 1]?.insert(key).inserted == false {
            return String(decoding: key, as: UTF8.self)
          }
        }
        isKey = false
        index = end - 1
      default: break
      }
      index += 1
    }
    return nil
  }

  /// Returns the index behind the string that begins at `start` with a quotation mark.
  private static func end(ofString start: Int, in bytes: [UInt8]) -> Int {
    var index = start + 1
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index + 1, bytes.count)
  }

  /// Returns the bytes of a string, which stands in quotation marks.
  private static func unescaped(_ string: ArraySlice<UInt8>) -> [UInt8] {
    guard string.contains(UInt8(ascii: "\\")),
      let text = try? JSONDecoder().decode(String.self, from: Data(string))
    else { return Array(string.dropFirst().dropLast()) }
    return Array(text.utf8)
  }
}
