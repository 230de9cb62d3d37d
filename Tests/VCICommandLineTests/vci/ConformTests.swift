import Foundation
import Testing

/// The folder of this package.
private let package = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

extension TestFolder {
  /// Stores a program of the simple form that declares these lines and runs `body`.
  fileprivate func putAdapter(_ caps: String..., body: String = "exit 5") throws {
    let lines = (["name=sh", "version=1"] + caps).map { "echo '\($0)'" }.joined(separator: "; ")
    let script =
      "#!/bin/sh\ncase $1 in session) exit 64 ;; caps) \(lines); exit 0 ;; esac\n\(body)\n"
    try put(Array(script.utf8), as: "adapter")
    try makeProgram("adapter")
  }

  /// Lets a file be run.
  fileprivate func makeProgram(_ name: String) throws {
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: "\(path)/\(name)")
  }

  /// Runs `vci conform` with that program.
  fileprivate func conform(_ options: String) async throws -> Tool.Outcome {
    try await Tool.vci.shell(
      "\"$0\" conform --adapter ./adapter --corpus '\(package)/Corpus' \(options)", in: self)
  }

  fileprivate func text(of name: String) throws -> String {
    String(decoding: try bytes(of: name), as: UTF8.self)
  }
}

struct `Conform takes for wrong usage` {
  @Test(arguments: [
    ("--only ext-03-end", "--only: there is no test 'ext-03-end'; did you mean 'ext-003-end'?"),
    ("--only VCI-EXT-03", "--only: there is no test 'VCI-EXT-03'; did you mean 'VCI-EXT-003'?"),
    ("--only ''", "--only: there is no test ''"),
    ("--lane none", "none.json: No such file or directory; the lanes are default, full, smoke"),
    ("--lane ./none.json", "--lane ./none.json: ./none.json: No such file or directory"),
    (
      "--corpus no/Corpus",
      "there are no lanes beside the corpus, which --corpus or VCI_CORPUS names"
    ),
    (
      "--corpus no --lane \(package)/Port/lanes/smoke.json",
      "the corpus cannot be used: no/manifest.jsonl: No such file or directory"
    ),
  ])
  func `what names nothing`(options: String, words: String) async throws {
    let folder = try TestFolder()
    try folder.putAdapter()
    let outcome = try await folder.conform(options)
    #expect(outcome.code == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains(words))
  }
}

struct `A failure that is declared as known` {
  @Test(arguments: [
    ("ext-03-end", "there is no test 'ext-03-end'; did you mean 'ext-003-end'?"),
    ("VCI-EXT-003", "there is no test 'VCI-EXT-003'"),
  ])
  func `is an error if no test has its name`(name: String, words: String) async throws {
    let folder = try TestFolder()
    try folder.putAdapter("known=\(name) https://example.org/1")
    let outcome = try await folder.conform("--only hdr-001-first")
    #expect(outcome.code == 5)
    #expect(outcome.errors.contains("./adapter declares a failure as known, but \(words)"))
  }

  @Test
  func `may be of a test that is not in the lane`() async throws {
    let folder = try TestFolder()
    try folder.putAdapter("known=edited/1-77 https://example.org/1")
    let outcome = try await folder.conform("--only hdr-001-first")
    #expect(outcome.code == 3)
    #expect(outcome.errors.isEmpty)
  }
}
