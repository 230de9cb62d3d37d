internal import FoundationEssentials

/// Encodes values as the package's JSON: keys in order, slashes as they are, a line end.
package enum OrderedJSON {
  /// Returns the value on one line.
  ///
  /// - Throws: `EncodingError`, and the errors of the value.
  package static func line(of value: some Encodable) throws -> [UInt8] {
    try encoded(value, [])
  }

  /// Returns the value with a key a line, so that versions of it can be compared line by line.
  ///
  /// - Throws: `EncodingError`, and the errors of the value.
  package static func lines(of value: some Encodable) throws -> [UInt8] {
    try encoded(value, .prettyPrinted)
  }

  private static func encoded(
    _ value: some Encodable, _ more: JSONEncoder.OutputFormatting
  ) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, more]
    return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
  }
}
