import Foundation
import Testing

struct `The files of the specification` {
  @Test(arguments: ["layout.json", "rules.json"])
  func `are those that the tool writes`(name: String) async throws {
    let folder = try TestFolder()
    #expect(try await Tool.fuzz.run("spec", "--out", ".", in: folder).code == 0)
    var package = URL(filePath: #filePath)
    for _ in 0..<4 { package.deleteLastPathComponent() }
    let stored = try Data(contentsOf: package.appending(path: "Specs/\(name)"))
    #expect(try folder.bytes(of: name) == [UInt8](stored))
    #expect(try folder.names == ["layout.json", "rules.json"])
  }
}
