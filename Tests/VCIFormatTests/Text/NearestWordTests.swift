import Testing

@testable import VCIFormat

struct `The nearest word` {
  private let commands = ["create", "info", "check"]

  @Test(arguments: [
    ("chek", "check"), ("crate", "create"), ("creaet", "create"), ("inof", "info"),
    ("Check", "check"),
  ])
  func `is the one that takes the fewest changes`(word: String, nearest: String) {
    #expect(NearestWord.to(word, among: commands) == nearest)
  }

  @Test(arguments: ["repair", "x", "", "dump"])
  func `is none where all are far`(word: String) {
    #expect(NearestWord.to(word, among: commands) == nil)
  }

  @Test
  func `counts letters put in, taken out and replaced`() {
    #expect(NearestWord.editDistance("", "") == 0)
    #expect(NearestWord.editDistance("", "abc") == 3)
    #expect(NearestWord.editDistance("abc", "") == 3)
    #expect(NearestWord.editDistance("kitten", "sitting") == 3)
    #expect(NearestWord.editDistance("check", "check") == 0)
  }
}
