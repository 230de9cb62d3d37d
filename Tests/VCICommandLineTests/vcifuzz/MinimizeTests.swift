import Testing

struct `Minimizing cases` {
  /// The simplest case there is, in which nothing is wrong.
  private static let passing = """
    {
      "base": "plan", "baseChoices": "", "corpusDigest": "00000000", "editChoices": "",
      "edits": [], "findings": [{"detail": "was", "kind": "missed", "rule": "VCI-EXT-008"}],
      "iteration": 1, "kind": "untouched", "schema": 2, "seed": 1, "target": "all"
    }
    """

  private struct Failed: Decodable, Equatable {
    struct Body: Decodable, Equatable {
      let kind: String
      let message: String
    }

    let `case`: String
    let error: Body
  }

  @Test
  func `says that a case does not fail any more`() async throws {
    let folder = try TestFolder()
    try folder.put(Array(Self.passing.utf8), as: "case.json")
    let outcome = try await Tool.fuzz.run("minimize", "case.json", in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.errors
        == "vcifuzz: case.json: the case does not fail any more: nothing is found in it\n")
    #expect(try folder.names == ["case.json"])
  }

  @Test
  func `goes on behind a case that cannot be minimized, an object for each`() async throws {
    let folder = try TestFolder()
    try folder.put(Array(Self.passing.utf8), as: "a.json")
    try folder.put([1, 2, 3], as: "b.json")
    let outcome = try await Tool.fuzz.run(
      "minimize", "a.json", "b.json", "--out", "o", "--json", in: folder)
    #expect(outcome.code == 1)
    let failed = try outcome.decodedLines(as: Failed.self)
    #expect(failed.map(\.case) == ["a.json", "b.json"])
    #expect(failed.map(\.error.kind) == ["minimize", "storage"])
    #expect(failed.last?.error.message == "b.json: it is not a case of vcifuzz: it is no JSON")
  }

  @Test
  func `names a file that is no case once`() async throws {
    let folder = try TestFolder()
    try folder.put([1, 2, 3], as: "b.json")
    let outcome = try await Tool.fuzz.run("minimize", "b.json", in: folder)
    #expect(outcome.errors == "vcifuzz: b.json: it is not a case of vcifuzz: it is no JSON\n")
  }

  @Test
  func `runs a case that ended its process in another`() async throws {
    let folder = try TestFolder()
    let text = Self.passing.replacing("\"missed\"", with: "\"trapped\"")
    try folder.put(Array(text.utf8), as: "case.json")
    let outcome = try await Tool.fuzz.run("minimize", "case.json", in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("does not fail any more"))
    #expect(try folder.names == ["case.json"])
  }

  @Test
  func `wants a case, and a positive number of attempts`() async throws {
    let none = try await Tool.fuzz.run("minimize", in: try TestFolder())
    #expect(none.code == 64)
    let zero = try await Tool.fuzz.run(
      "minimize", "case.json", "--attempts", "0", "--json", in: try TestFolder())
    #expect(zero.code == 64)
    #expect(try zero.decoded(as: FailureObject.self).error.kind == "usage")
  }

  @Test
  func `has help with an example`() async throws {
    let help = try await Tool.fuzz.run("minimize", "--help", in: try TestFolder())
    #expect(help.code == 0)
    #expect(help.output.contains("Example: vcifuzz minimize artifacts/case-1-4711.json"))
  }
}
