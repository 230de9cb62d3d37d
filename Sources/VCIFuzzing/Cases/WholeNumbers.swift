internal import VCICorpus

extension KeyedDecodingContainer {
  // What Swift makes of `Decodable` in this module calls these, which stand before the library's own.

  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
    try WrongJSON.wholeNumber(type, in: self, at: key)
  }

  func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
    try WrongJSON.wholeNumber(type, in: self, at: key)
  }
}
