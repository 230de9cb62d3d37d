import Testing

struct `Minimizing cases` {
  /// The simplest case there is, in which nothing is wrong.
  private let passing: [UInt8]

  init() throws {
    passing = try TestFolder.stored("Tests/Fails/passing-case.vcir")
  }

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
    try folder.put(passing, as: "case.vcir")
    let outcome = try await Tool.fuzz.run("minimize", "case.vcir", in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.errors
        == "vcifuzz: case.vcir: the case does not fail any more: nothing is found in it\n")
    #expect(try folder.names == ["case.vcir"])
  }

  @Test
  func `goes on behind a case that cannot be minimized, an object for each`() async throws {
    let folder = try TestFolder()
    try folder.put(passing, as: "a.vcir")
    try folder.put([1, 2, 3], as: "b.vcir")
    let outcome = try await Tool.fuzz.run(
      "minimize", "a.vcir", "b.vcir", "--out", "o", "--json", in: folder)
    #expect(outcome.code == 1)
    let failed = try outcome.decodedLines(as: Failed.self)
    #expect(failed.map(\.case) == ["a.vcir", "b.vcir"])
    #expect(failed.map(\.error.kind) == ["minimize", "storage"])
    #expect(
      failed.last?.error.message == "b.vcir: it is no case of vcifuzz: it has no line case: 5")
  }

  @Test
  func `names a file that is no case once`() async throws {
    let folder = try TestFolder()
    try folder.put([1, 2, 3], as: "b.vcir")
    let outcome = try await Tool.fuzz.run("minimize", "b.vcir", in: folder)
    #expect(outcome.errors == "vcifuzz: b.vcir: it is no case of vcifuzz: it has no line case: 5\n")
  }

  @Test
  func `runs a case that ended its process in another`() async throws {
    let folder = try TestFolder()
    let text = String(decoding: passing, as: UTF8.self).replacing("missed", with: "trapped")
    try folder.put(Array(text.utf8), as: "case.vcir")
    let outcome = try await Tool.fuzz.run("minimize", "case.vcir", in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("does not fail any more"))
    #expect(try folder.names == ["case.vcir"])
  }

  @Test
  func `wants a case, and a positive number of attempts`() async throws {
    let none = try await Tool.fuzz.run("minimize", in: try TestFolder())
    #expect(none.code == 64)
    let zero = try await Tool.fuzz.run(
      "minimize", "case.vcir", "--attempts", "0", "--json", in: try TestFolder())
    #expect(zero.code == 64)
    #expect(try zero.decoded(as: FailureObject.self).error.kind == "usage")
  }

  @Test
  func `has help with an example`() async throws {
    let help = try await Tool.fuzz.run("minimize", "--help", in: try TestFolder())
    #expect(help.code == 0)
    #expect(help.output.contains("Examples: vcifuzz minimize artifacts/case-1-4711.vcir"))
  }
}
