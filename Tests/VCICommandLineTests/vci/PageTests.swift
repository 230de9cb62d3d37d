import Foundation
import Testing

struct `A page of a matrix` {
  /// The matrix of a run in which everything was right.
  private static let matrix = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Pages/clean.json").path

  @Test
  func `is a file, or a stream of the same bytes`() async throws {
    let folder = try TestFolder()
    let file = try await Tool.vci.run("page", Self.matrix, "--output", "page.html", in: folder)
    #expect(file.code == 0)
    #expect(file.output.isEmpty)
    #expect(file.errors.isEmpty)
    let page = String(decoding: try folder.bytes(of: "page.html"), as: UTF8.self)
    #expect(page.hasPrefix("<!DOCTYPE html>\n"))
    #expect(page.contains("all 2 programs conform</h1>"))
    let stream = try await Tool.vci.run("page", Self.matrix, "--output", "-", in: folder)
    #expect(stream.output == page)
  }

  @Test(arguments: [
    ("", "it is no JSON"), ("[]", "it is no JSON object"),
    ("{\"schema\":1}", "the key 'lane' is missing"),
  ])
  func `is not made of what is no matrix, and an older page stays`(
    text: String, why: String
  ) async throws {
    let folder = try TestFolder()
    try folder.put(Array(text.utf8), as: "matrix.json")
    try folder.put(Array("older".utf8), as: "page.html")
    let outcome = try await Tool.vci.run(
      "page", "matrix.json", "--output", "page.html", in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.errors == "vci: matrix.json: \(why)\n")
    #expect(try folder.bytes(of: "page.html") == Array("older".utf8))
    #expect(try folder.names == ["matrix.json", "page.html"])
  }

  @Test(arguments: [
    ("page none.json --output page.html", 1, "none.json: No such file or directory"),
    ("page . --output page.html", 1, ".: it is a folder"),
    ("page /dev/zero --output page.html", 1, "/dev/zero: it is no regular file"),
    ("page matrix.json --output ./matrix.json", 64, "--output names the matrix itself."),
    ("page matrix.json", 64, "Missing expected argument '--output <output>'"),
    ("page '\(Self.matrix)' --output none/page.html", 1, "No such file or directory"),
  ])
  func `needs files that can be read and written`(
    line: String, code: Int32, words: String
  ) async throws {
    let folder = try TestFolder()
    try folder.put([], as: "matrix.json")
    let outcome = try await Tool.vci.shell("\"$0\" \(line)", in: folder)
    #expect(outcome.code == code)
    #expect(outcome.errors.contains(words))
  }
}
