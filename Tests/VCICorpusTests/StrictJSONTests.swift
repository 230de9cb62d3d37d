import Testing

@testable import VCICorpus

private func repeated(_ text: String) -> String? {
  StrictJSON.repeatedKey(in: Array(text.utf8))
}

struct `JSON that others wrote` {
  @Test(
    arguments: [
      (#"{"a":1,"a":2}"#, "a"), (#"{"a":1, "b":[{"c":1,"c":1}]}"#, "c"),
      (#"[{"a":{"a":1},"b":1,"a":2}]"#, "a"), (#"{"a":1,"\u0061":2}"#, "a"),
      (#"{"\"":1,"x":"}","\"":2}"#, "\""), (#"{"":1,"":2}"#, ""),
      (#"{"a":[1,2],"a":3}"#, "a"), (#"{"a":{},"b":[],"a":0}"#, "a"),
    ])
  func `has a key twice in one object`(text: String, key: String) {
    #expect(repeated(text) == key)
  }

  @Test(arguments: [
    "{}", "[]", #""a""#, #"{"a":"a","b":"a"}"#, #"[{"a":1},{"a":2}]"#, #"{"a":{"a":{"a":1}}}"#,
    #"["a","a"]"#, #"{"a":["a","a"],"b":{"a":1}}"#, #"{"a":"\",\"a\":","b":1}"#,
    #"{"a\\":1,"a":2}"#,
  ])
  func `has each key once`(text: String) {
    #expect(repeated(text) == nil)
  }

  @Test(arguments: ["", "{", #"{"a"#, "\"", "\"\\", "}", "]],,", #"{"a":1,"b\"#, ","])
  func `may end anywhere`(text: String) {
    #expect(repeated(text) == nil)
  }

  @Test
  func `may be nested deeply`() {
    #expect(repeated(String(repeating: "[", count: 1 << 20)) == nil)
    #expect(repeated(String(repeating: #"{"a":"#, count: 1 << 18)) == nil)
  }

  @Test
  func `is not decoded if a key stands twice`() throws {
    let bytes = Array(#"{"a":1,"a":2}"#.utf8)
    #expect(throws: DecodingError.self) {
      try StrictJSON.decode([String: Int].self, from: bytes)
    }
    do {
      _ = try StrictJSON.decode([String: Int].self, from: bytes)
    } catch {
      #expect(WrongJSON.reason(of: error) == "'a': the key stands twice")
    }
    #expect(try StrictJSON.decode([String: Int].self, from: Array(#"{"a":1}"#.utf8)) == ["a": 1])
  }
}
