import SystemPackage
import Testing
import VCICorpus

@testable import VCIConformance

private let head =
  #"{"schema":1,"title":"t","needs":["probe"],"files":{"a":{"bytes":4,"runs":[]}}}"#
private let hello =
  #"{"request":{"op":"hello","protocol":[1],"features":[]},"expect":{"outcomes":["ok"]}}"#

/// Reads a recording of these lines.
private func recording(_ lines: String...) throws -> Recording {
  let folder = try WorkFolder()
  defer { withExtendedLifetime(folder) {} }
  let text = lines.map { "\($0)\n" }.joined()
  return try Recording(try folder.file(Array(text.utf8)))
}

private func files(_ text: String) throws -> [String: RecordedFile] {
  try recording(#"{"schema":1,"title":"t","needs":[],"files":{\#(text)}}"#, hello).files
}

struct `A recorded session` {
  @Test
  func `has requests, and what they need`() throws {
    let read = try recording(
      head, hello,
      #"{"request":{"op":"check","image":"$a","repair":"leaks"},"why":"w","needs":["locks"],"#
        + #""expect":{"outcomes":["ok"],"findings":[]}}"#)
    #expect(read.title == "t")
    #expect(read.needs == ["probe"])
    #expect(read.exchanges.map(\.request.op) == ["hello", "check"])
    #expect(read.exchanges[1].request.capability == "repair-leaks")
    #expect(read.exchanges[1].why == "w")
    #expect(read.exchanges[1].needs == ["locks"])
  }

  @Test
  func `has files of bytes, of those of others, and of none`() throws {
    #expect(
      try files(
        #""a":{"of":"$z","bytes":3,"runs":[{"offset":2,"hex":"ff"}]},"#
          + #""z":{"bytes":5,"runs":[{"offset":1,"hex":"0102","times":2}]},"#
          + #""n":{"is":"absent"},"f":{"is":"folder"},"e":{"is":"empty"}"#)
        == [
          "z": .bytes([0, 1, 2, 1, 2]), "a": .bytes([0, 1, 0xff]), "n": .absent, "f": .folder,
          "e": .empty,
        ])
  }

  @Test(arguments: [
    #""a":{"of":"$a"}"#, #""a":{"of":"$b"},"b":{"of":"$a"}"#,
    #""a":{"of":"$f"},"f":{"is":"folder"}"#,
    #""a":{"bytes":2,"runs":[{"offset":1,"hex":"0102"}]}"#,
    #""a":{"bytes":2,"runs":[{"offset":0,"hex":"010"}]}"#,
    #""a":{"bytes":2,"runs":[{"offset":0,"hex":""}]}"#,
    #""a":{"bytes":2,"runs":[{"offset":18446744073709551615,"hex":"01"}]}"#,
    #""a":{"bytes":2,"runs":[{"offset":0,"hex":"01","times":18446744073709551615}]}"#,
    #""a":{"bytes":1048577,"runs":[]}"#, #""a":{"is":"pipe"}"#, #""a":{"is":"folder","bytes":1}"#,
  ])
  func `has no file that cannot be made`(text: String) {
    #expect(throws: CorpusError.self) { try files(text) }
  }

  @Test(arguments: [
    "", "{}", #"{"request":{"op":"fly"},"expect":{"outcomes":["ok"]}}"#,
    #"{"request":{"op":"probe"},"expect":{"outcomes":["ok"]}}"#,
    #"{"request":{"op":"probe","image":"$b"},"expect":{"outcomes":["ok"]}}"#,
    #"{"request":{"op":"probe","image":"/etc/passwd"},"expect":{"outcomes":["ok"]}}"#,
    #"{"request":{"op":"ping","wings":"2"},"expect":{"outcomes":["ok"]}}"#,
    #"{"request":{"op":"ping"},"expect":{"outcomes":["ok"],"wings":2}}"#,
    #"{"request":{"op":"ping"},"request":{"op":"bye"},"expect":{"outcomes":["ok"]}}"#,
  ])
  func `is closed, and has requests of the port alone`(line: String) {
    #expect(throws: CorpusError.self) { try recording(head, hello, line) }
  }

  @Test
  func `is one of those in the repository`() throws {
    let root = FilePath(#filePath).removingLastComponent().removingLastComponent()
      .removingLastComponent().removingLastComponent()
    let all = try Recording.all(in: root.appending("Port/sessions"))
    #expect(all.count >= 20)
    #expect(all.allSatisfy { $0.exchanges.first?.request.op == "hello" })
  }
}
