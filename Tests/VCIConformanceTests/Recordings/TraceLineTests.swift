import Testing

@testable import VCIConformance

private func line(_ text: String) throws(TraceError) -> TraceLine {
  try TraceLine(Array(text.utf8)[...])
}

struct `A line of a trace` {
  @Test
  func `has numbers, texts and marks`() throws {
    let line = try line(#"{"seq":7,"offset":-1,"kind":"write","stdio":true,"file":"fe01:2a"}"#)
    #expect(line.number("seq") == 7)
    #expect(line.number("offset") == -1)
    #expect(line.text("kind") == "write")
    #expect(line.has("stdio"))
    #expect(line.text("file") == "fe01:2a")
    #expect(!line.has("fd"))
  }

  @Test
  func `has the bytes of a write, or one byte as often as it was written`() throws {
    #expect(try line(#"{"result":3,"data":"00ffa5"}"#).bytes(most: 3) == [0x00, 0xff, 0xa5])
    #expect(try line(#"{"result":4,"fill":"07"}"#).bytes(most: 4) == [7, 7, 7, 7])
    #expect(try line(#"{"result":0}"#).bytes(most: 4) == [])
  }

  @Test(arguments: [
    #"{"result":3,"data":"00ff"}"#, #"{"result":2,"data":"00fg"}"#, #"{"result":1,"data":"FF"}"#,
    #"{"result":1,"fill":"0"}"#, #"{"result":1}"#, #"{"result":1,"data":"00","fill":"00"}"#,
    #"{"result":9,"fill":"00"}"#, #"{"result":0,"data":"00"}"#,
    #"{"result":9223372036854775807,"fill":"00"}"#,
  ])
  func `has no bytes but as many as were written, within bounds`(text: String) throws {
    let line = try line(text)
    #expect(throws: TraceError.self) { try line.bytes(most: 8) }
  }

  @Test(arguments: [
    "", "{", "{}", "[]", #"{"a"}"#, #"{"a":}"#, #"{"a":1"#, #"{"a":1}}"#, #"{"a":1,}"#,
    #"{"a":1,"a":2}"#, #"{"a":01}"#, #"{"a":+1}"#, #"{"a":1.5}"#, #"{"a":-0}"#, #"{"a":false}"#,
    #"{"a":null}"#, #"{"a":[1]}"#, #"{"a":{"b":1}}"#, #"{"a":"\n"}"#, #"{"a":"é"}"#, #"{"a":"b}"#,
    #"{"a":9223372036854775808}"#,
  ])
  func `is nothing else`(text: String) {
    #expect(throws: TraceError.self) { try line(text) }
  }

  @Test
  func `has at most 32 keys`() throws {
    let keys = (0..<33).map { "\"k\($0)\":1" }
    #expect(throws: Never.self) { try line("{" + keys[..<32].joined(separator: ",") + "}") }
    #expect(throws: TraceError.self) { try line("{" + keys.joined(separator: ",") + "}") }
  }
}
