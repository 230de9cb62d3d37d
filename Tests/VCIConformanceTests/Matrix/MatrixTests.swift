import FoundationEssentials
import Testing

@testable import VCIConformance

struct `The matrix of several reports` {
  /// Three programs: the second is wrong in two of three tests, and the third reads nothing.
  private func matrix() throws -> Matrix {
    var none = TestResult(name: "ext-001")
    none.notApplicable = ["read"]
    return Matrix([
      try reportOfProgram(
        "one", [resultOfReads("ext-001"), resultOfReads("ext-002"), resultOfReads("edited/3-1")]),
      try reportOfProgram(
        "two",
        [
          resultOfReads("edited/3-1", [.wrongBytes], bytes: 700),
          resultOfReads("ext-001", [.missedBlocks], bytes: 9000), resultOfReads("ext-002"),
        ]),
      try reportOfProgram("three", operations: ["probe"], [none]),
    ])
  }

  @Test
  func `has a cell of each program for each requirement`() throws {
    let matrix = try matrix()
    #expect(matrix.requirements.count == 14)
    let row = try #require(matrix.requirements.first { $0.requirement == "VCI-RD-006" })
    #expect(row.clause == "A hit delivers the bytes of the blocks.")
    #expect(row.cells.map(\.verdict) == [.right, .wrong, .notApplicable])
    #expect(row.cells.map(\.asked) == [3, 3, 0])
    #expect(row.cells.map(\.failed) == [0, 2, 0])
    #expect(row.cells[2].why == "the program does not declare read")
    let probe = try #require(matrix.requirements.first)
    #expect(probe.requirement == "VCI-RD-001")
    #expect(probe.cells.map(\.verdict) == [.notApplicable, .notApplicable, .notAsked])
  }

  @Test
  func `shows the smallest failure, of a vector if there is one`() throws {
    let matrix = try matrix()
    #expect(matrix.examples.count == 1)
    let example = try #require(matrix.examples.first)
    #expect(example.implementation == 1)
    #expect(example.test == "ext-001")
    #expect(example.kind == "missed-blocks")
    #expect(example.tests == 1)
    #expect(example.command == "vci conform --adapter ./two --only ext-001")
  }

  @Test
  func `counts tests by how many programs pass them`() throws {
    let matrix = try matrix()
    #expect(
      matrix.agreement == [
        .init(applicable: 2, passing: 2, tests: 1, names: []),
        .init(applicable: 2, passing: 1, tests: 2, names: ["ext-001", "edited/3-1"]),
      ])
  }

  @Test
  func `has the verdict of the worst program`() throws {
    let right = try reportOfProgram("one", [resultOfReads("a")])
    let wrong = try reportOfProgram("two", [resultOfReads("a", [.crashed])])
    let cut = try reportOfProgram("three", [resultOfReads("a")], reasons: ["interrupted"])
    #expect(Matrix([right, right]).exit == 0)
    #expect(Matrix([right, cut]).exit == 3)
    #expect(Matrix([cut, wrong]).exit == 1)
    #expect(Matrix([right, wrong]).implementations.map(\.failing) == [[], ["a"]])
    #expect(Matrix([right, cut]).implementations[1].missing == ["interrupted"])
  }

  @Test
  func `says as text who does what`() throws {
    let lines = try matrix().lines
    #expect(
      lines.prefix(2) == [
        "does not conform: 6 tests applicable, 1 not applicable, 0 not run; 4 passed, 0 flaky; "
          + "1 of 3 programs conform",
        "lane few, seed 3",
      ])
    #expect(lines.contains("  VCI-RD-006    right    WRONG 2  n/a"))
    #expect(lines.contains("  1 of 2: 2 tests, such as ext-001"))
  }

  @Test
  func `comes back from its JSON`() throws {
    let matrix = try matrix()
    #expect(try Matrix(reading: try matrix.json()) == matrix)
  }

  @Test(arguments: [
    ("", "it is no JSON"), ("[]", "it is no JSON object"), ("{}", "the key 'schema' is missing"),
    (#"{"lane":"a","lane":"b"}"#, "missing"),
  ])
  func `is no other JSON`(text: String, words: String) {
    let error = #expect(throws: UnusableMatrix.self) { try Matrix(reading: Array(text.utf8)) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    (#""schema" : 1"#, #""schema" : 2"#, "its schema is 2, and this version reads 1"),
    (#""schema" : 1"#, #""schema" : 1, "more" : 1"#, "keys that a matrix does not have"),
    (#""implementation" : 1"#, #""implementation" : 3"#, "an example names no program"),
    (#""example" : 0"#, #""example" : 1"#, "a cell of VCI-RD-006 names no example"),
    (#""example" : 0"#, #""example" : -1"#, "a cell of VCI-RD-006 names no example"),
    (#""lane" : "few""#, #""lane" : null"#, "null"),
  ])
  func `is not taken with other keys or numbers`(
    old: String, new: String, words: String
  ) throws {
    let text = String(decoding: try matrix().json(), as: UTF8.self)
    #expect(text.contains(old))
    let error = #expect(throws: UnusableMatrix.self) {
      try Matrix(reading: Array(text.replacing(old, with: new).utf8))
    }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }
}

struct `The clause of a requirement` {
  @Test
  func `is a sentence of the specification`() throws {
    let root = #filePath.split(separator: "/").dropLast(4).map { "/\($0)" }.joined()
    let bytes = try #require(FileManager.default.contents(atPath: "\(root)/Specs/VCI.md"))
    // Without links, code marks and line ends.
    let text = String(decoding: bytes, as: UTF8.self).replacing("\n", with: " ")
      .split(separator: "](").enumerated()
      .map { index, part in
        index == 0 ? String(part) : String(part.drop { $0 != ")" }.dropFirst())
      }
      .joined().filter { $0 != "[" && $0 != "`" }
    for requirement in Requirement.allCases {
      #expect(text.contains(requirement.clause), "\(requirement.rawValue)")
    }
  }
}
