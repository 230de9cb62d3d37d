import Testing

struct `The files of the specification` {
  @Test(arguments: ["layout.json", "rules.json"])
  func `are those that the tool writes`(name: String) async throws {
    let folder = try TestFolder()
    #expect(try await Tool.fuzz.run("spec", "--out", ".", in: folder).code == 0)
    #expect(try folder.bytes(of: name) == TestFolder.stored("Specs/\(name)"))
    #expect(try folder.names == ["layout.json", "rules.json"])
  }
}
