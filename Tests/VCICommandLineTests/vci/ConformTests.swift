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
    (
      "--lane none",
      "none.json: No such file or directory; the lanes are crash, default, full, smoke"
    ),
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

struct `What an adapter says that does not start` {
  @Test
  func `is shown as lines`() async throws {
    let folder = try TestFolder()
    try folder.put(Array("#!/bin/sh\nprintf 'one\\ntwo' >&2; exit 7\n".utf8), as: "adapter")
    try folder.makeProgram("adapter")
    let outcome = try await folder.conform("--only hdr-001-first --json")
    #expect(outcome.code == 5)
    #expect(
      outcome.errors == """
        vci: ./adapter session: it ended with exit code 7; standard error ends with:
          one
          two

        """)
    #expect(
      outcome.output
        == #"{"error":{"kind":"adapter","message":"./adapter session: it ended with exit code 7; "#
        + #"standard error ends with: one\\ntwo"},"exit":5}"# + "\n")
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

struct `The files of a report` {
  /// A run that cannot begin, its exit code, and why.
  private static let failing: [(options: String, code: Int32, why: String)] = [
    ("--only none", 64, "--only: there is no test 'none'"),
    ("--adapter ./dead --only hdr-001-first", 5, "./dead session: it ended with exit code 7"),
  ]

  @Test
  func `may be a page, of one program too`() async throws {
    let folder = try TestFolder()
    try folder.putAdapter()
    let outcome = try await folder.conform("--only hdr-001-first --report page.html")
    #expect(outcome.code == 3)
    #expect(try folder.text(of: "page.html").contains("</span> sh 1: incomplete</h1>"))
    let failed = try await folder.conform("--only none --report page.html")
    #expect(failed.code == 64)
    let page = try folder.text(of: "page.html")
    #expect(page.contains("<h1>incomplete</h1>\n<p>--only: there is no test 'none'"))
  }

  @Test(arguments: failing.indices)
  func `do not keep an older report if the run cannot begin`(index: Int) async throws {
    let (options, code, why) = Self.failing[index]
    let folder = try TestFolder()
    try folder.putAdapter()
    try folder.put(Array("#!/bin/sh\nexit 7\n".utf8), as: "dead")
    try folder.makeProgram("dead")
    for name in ["old.json", "old.xml", "old.txt", "old.jsonl"] {
      try folder.put(Array("conforms".utf8), as: name)
    }
    let outcome = try await folder.conform(
      "\(options) --report old.json --report old.xml --report old.txt --report old.jsonl")
    #expect(outcome.code == code)
    let adapter = code == 5 ? "./adapter, ./dead" : "./adapter"
    #expect(
      try folder.text(of: "old.json")
        == #"{"adapter":"\#(adapter)","exit":\#(code),"schema":1,"verdict":"incomplete","why":"\#(why)"}"#
        + "\n")
    #expect(try folder.text(of: "old.txt") == "incomplete: \(why)\n\(adapter)\n")
    #expect(
      try folder.text(of: "old.xml") == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuite name="\(adapter)" tests="1" failures="0" errors="1" skipped="0">
          <testcase classname="run" name="complete">
            <error type="incomplete" message="\(why)"/>
          </testcase>
        </testsuite>

        """)
    #expect(
      try folder.text(of: "old.jsonl")
        == #"{"event":"end","exit":\#(code),"verdict":"incomplete","why":"\#(why)"}"# + "\n")
  }

  @Test
  func `say while the run is at work that it has not come to its end`() async throws {
    let folder = try TestFolder()
    try folder.putAdapter("probe", body: "cp report.json seen.json; exit 0")
    let outcome = try await folder.conform("--only hdr-001-first --report report.json")
    #expect(outcome.code == 1)
    #expect(
      try folder.text(of: "seen.json")
        == #"{"adapter":"./adapter","exit":3,"schema":1,"verdict":"incomplete","#
        + #""why":"the run has not come to its end"}"# + "\n")
    #expect(try folder.text(of: "report.json").contains(#""verdict":"does not conform""#))
  }

  @Test
  func `that go while the run is at work make it incomplete`() async throws {
    let folder = try TestFolder()
    try folder.putAdapter("probe", body: "rm -rf away; echo VCI-HDR-001 >&2; exit 10")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/away", withIntermediateDirectories: false)
    let outcome = try await folder.conform(
      "--only hdr-001-first --report away/report.json --report kept.txt")
    #expect(outcome.code == 3)
    #expect(outcome.output.contains("ended early: a file has not the report: away/report.json: "))
    #expect(try folder.text(of: "kept.txt").contains("ended early: "))
  }

  @Test(arguments: ["none/report.json", "none/report.jsonl", "."])
  func `can be made, or usage is wrong`(name: String) async throws {
    let folder = try TestFolder()
    try folder.putAdapter()
    let outcome = try await folder.conform("--only hdr-001-first --report \(name)")
    #expect(outcome.code == 64)
    #expect(outcome.errors.hasPrefix("vci: --report: \(name): "))
  }
}

struct `The command that runs a test by hand` {
  @Test
  func `has the lane if its time matters, and the corpus, and shows the failure again`()
    async throws
  {
    let folder = try TestFolder()
    try folder.putAdapter("probe", body: "exit 0")
    let lane =
      #"{"schema":1,"name":"hasty","about":"b","everyVector":0,"valid":0,"edited":0,"workloads":0,"#
      + #""milliseconds":9000}"#
    try folder.put(Array(lane.utf8), as: "my lane.json")
    let outcome = try await folder.conform("--lane 'my lane.json' --only hdr-001-first")
    #expect(outcome.code == 1)
    let command = try #require(
      outcome.output.split(separator: "\n").first { $0.hasPrefix("  by hand   vci ") })
    let words = command.dropFirst("  by hand   vci ".count)
    #expect(
      words.hasPrefix(
        "conform --adapter ./adapter --only hdr-001-first --lane 'my lane.json' --corpus "))
    let again = try await Tool.vci.shell("\"$0\" \(words)", in: folder)
    #expect(again.output == outcome.output)
  }
}

struct `Kits` {
  @Test
  func `are told apart from what the folder had before`() async throws {
    let folder = try TestFolder()
    try folder.putAdapter("probe", body: "exit 0")
    let first = try await folder.conform("--only hdr-001-first --kits kits")
    #expect(first.errors == "kits/1-accepted-invalid: hdr-001-first\n")
    let second = try await folder.conform("--only hdr-001-first --kits kits")
    #expect(
      second.errors == """
        kits/1-accepted-invalid-2: hdr-001-first
        vci: kits had files before this run, which stay; the kits of this run are those above

        """)
  }

  @Test
  func `that cannot be written do not cost the report`() async throws {
    let folder = try TestFolder()
    try folder.putAdapter("probe", body: "exit 0")
    try folder.put([], as: "kits")
    let outcome = try await folder.conform(
      "--only hdr-001-first --kits kits --report report.txt")
    #expect(outcome.code == 1)
    #expect(outcome.output.contains("ended early: no more kits are made: kits/"))
    #expect(try folder.text(of: "report.txt") == outcome.output)
  }
}
