@testable import VCIFuzzing
import Foundation
import SystemPackage
import Testing
import VCIFormat
import VCIGenerators

struct `A place for cases` {
  private let folder = FilePath(
    FileManager.default.temporaryDirectory.appending(path: "\(UUID())").path)
  private let fuzzCase: FuzzCase
  private let stored: StoredCase
  private let image: [UInt8]?

  init() {
    var maker = CaseMaker(seed: 1, target: .check, corpus: [])
    fuzzCase = maker.make(20)
    (stored, image) = StoredCase.make(
      fuzzCase, seed: 1, target: .check, corpusDigest: "00000000",
      [Discrepancy(.missed, .treeDepth, "made up")])
  }

  private var names: [String] {
    let found = try? FileManager.default.contentsOfDirectory(atPath: folder.string)
    return found?.sorted() ?? []
  }

  private func tidy() { try? FileManager.default.removeItem(atPath: folder.string) }

  @Test
  func `stores a case once`() throws {
    defer { tidy() }
    let place = CasePlace(folder.appending("a").appending("b"))
    let first = try place.store(stored, image)
    let second = try place.store(stored, image)
    #expect(first == CaseFiles(number: 1, isNew: true))
    #expect(second == CaseFiles(number: 1, isNew: false))
    #expect(try StoredCase(reading: place.path(of: 20, 1, 1)).description == stored.description)
  }

  @Test(arguments: ["crc32: 0x0\n", "# a comment\n\n", "\u{feff}"])
  func `is known by its key wherever that stands among the first ones`(start: String) throws {
    let text = start + stored.description.replacing("seed: 1\n", with: "seed: 1 # one\n")
    let lines = try #require(CaseLines(text))
    #expect(try lines.number("seed") == 1)
  }

  @Test(arguments: [("1 # one", 1), ("1# one", nil)] as [(String, UInt64?)])
  func `has comments after a space only, as recipes do`(value: String, seed: UInt64?) throws {
    let lines = try #require(CaseLines("case: 5\nseed: \(value)\n"))
    #expect((try? lines.number("seed")) == seed)
  }

  @Test(arguments: ["x-case-1-20.vcir", "x-case-1-20.vci.z"])
  func `keeps files of other bytes that have the name`(name: String) throws {
    defer { tidy() }
    try FileManager.default.createDirectory(
      atPath: folder.string, withIntermediateDirectories: true)
    let path = folder.appending(name).string
    try Data("precious".utf8).write(to: URL(filePath: path))
    let place = CasePlace(folder, prefix: "x-")
    #expect(
      try place.store(stored, image) == CaseFiles(number: 2, isNew: true))
    #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
    #expect(names == [name, "x-case-1-20-2.vcir", "x-case-1-20-2.vci.z"].sorted())
    let replay = try Replay(case: place.path(of: 20, 1, 2))
    #expect(replay.discrepancies.isEmpty)
    place.remove(20, 1, 2)
    #expect(names == [name])
  }

  @Test
  func `leaves no half of a case that it cannot store`() throws {
    defer { tidy() }
    try FileManager.default.createDirectory(
      atPath: folder.string, withIntermediateDirectories: true)
    let file = folder.appending("file")
    try Data().write(to: URL(filePath: file.string))
    #expect(throws: (any Error).self) {
      try CasePlace(file).store(stored, image)
    }
    #expect(names == ["file"])
  }
}

struct `The text of a case` {
  /// The simplest case there is: a cache of 12 blocks, header, map and root one after the other.
  private static let text = """
    case: 5
    seed: 18446744073709551615
    iteration: 9007199254740993   # 2^53 + 1
    target: all
    corpus: 00000000
    kind: breakage
    base: plan
    advice: 1
    discrepancy: missed VCI-MAP-001: made up: #1
    discrepancy: stuck: it does not come back
    origin: case-1-2.vcir

    blocks: 12
    map: 2
    leaf tree at 4

    map.reserved[0] = 1
    map.magic = 0

    operation: write 3+2 = 7
    operation: close
    """

  private func failure(_ text: String) -> RecipeError? {
    do throws(RecipeError) {
      _ = try StoredCase(parsing: text)
      return nil
    } catch {
      return error
    }
  }

  @Test
  func `says what the case is`() throws {
    let stored = try StoredCase(parsing: Self.text)
    #expect(stored.seed == .max && stored.fuzzCase.iteration == 9_007_199_254_740_993)
    #expect(stored.target == .all && stored.origin == "case-1-2.vcir" && stored.image == nil)
    #expect(
      stored.discrepancies == [
        Discrepancy(.missed, Rule(rawValue: "VCI-MAP-001"), "made up: #1"),
        Discrepancy(.stuck, nil, "it does not come back"),
      ])
    #expect(stored.isDeadly)
    #expect(stored.fuzzCase.kind == .breakage)
    #expect(stored.fuzzCase.advice.map(\.description) == ["map.reserved[0] = 1"])
    #expect(stored.fuzzCase.edits.map(\.description) == ["map.magic = 0"])
    #expect(stored.fuzzCase.workload?.lines == ["write 3+2 = 7", "close"])
    #expect(stored.fuzzCase.image.bytes.size == 6144)
    #expect(try stored.imageBytes(beside: "nowhere/x.vcir") == nil)
  }

  @Test
  func `may have no operation, or an empty list`() throws {
    let lines = Self.text.split(separator: "\n", omittingEmptySubsequences: false)
    let without = lines.filter { !$0.hasPrefix("operation") }.joined(separator: "\n")
    #expect(try StoredCase(parsing: without).fuzzCase.workload == nil)
    let stored = try StoredCase(parsing: without + "\noperation: none\n")
    #expect(stored.fuzzCase.workload == Workload())
    #expect(stored.description.hasSuffix("\noperation: none\n"))
  }

  @Test(arguments: [
    ("case: 5", "case: 4", 1, "a case of schema 4; this version reads 5"),
    ("case: 5\n", "", 0, "it is no case of vcifuzz: it has no line case: 5"),
    ("kind: b", "seed: 1\nkind: b", 6, "a second seed:"),
    ("target: all\n", "", 0, "a case without target:"),
    ("target: all", "target: everything", 4, "there is no target 'everything'"),
    (
      "551615", "551616", 2, "seed: 18446744073709551616 is no whole number from 0 to \(UInt64.max)"
    ),
    ("advice: 1", "advice: 3", 8, "it has 2 edits"),
    ("missed VCI", "missed VCX", 9, "'missed VCX-MAP-001: made up: #1' is no discrepancy"),
    ("base: plan", "base: created 64 dynamic", 7, "its plan is not that of the created cache"),
    ("base: plan", "base: hole", 7, "a base with a plan, or of more than 67108864 bytes"),
    ("tree at 4", "tree at 4\nbytes 6656 = 1", 7, "it has no plan, or contents beside it"),
    ("origin", "image: 512\norigin", 11, "the image has no crc32:"),
    ("write 3+2", "write 3+2101", 20, "'write 3+2101 = 7' is no operation"),
    ("map.magic", "tree/0.type", 18, "the plan has no node tree/0"),
  ])
  func `is refused by its line`(old: String, new: String, line: Int, reason: String) {
    #expect(failure(Self.text.replacing(old, with: new)) == RecipeError(line: line, reason))
  }

  @Test
  func `is refused where it has too many operations`() {
    let more = String(repeating: "operation: close\n", count: 1 << 20)
    #expect(failure(Self.text + "\n" + more)?.reason == "more than 1048576 operations")
  }

  @Test
  func `of an earlier version says how to make it again`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).json")
    defer { try? FileManager.default.removeItem(at: path) }
    for (seed, word) in [
      ("7", "7"), ("\"18446744073709551615\"", "18446744073709551615"), ("[]", "N"),
    ] {
      let text = #"{"schema": 3, "seed": \#(seed), "iteration": "4711", "edits": []}"#
      try Data(text.utf8).write(to: path)
      #expect {
        try StoredCase(reading: FilePath(path.path))
      } throws: { error in
        "\(error)".hasSuffix(
          "run its iteration again, vcifuzz replay --seed \(word) --iteration 4711")
      }
    }
  }
}

struct `A job's end` {
  @Test(arguments: [SIGKILL, SIGTERM, SIGHUP, SIGUSR1, SIGXCPU])
  func `by a signal from outside is no fault of its own`(signal: Int32) {
    #expect(!JobProcess.Ending(status: signal).isOwnFault)
  }

  @Test(arguments: [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, 1 << 8, SIGSEGV | 0x80])
  func `by a trap or with an exit code is one`(status: Int32) {
    #expect(JobProcess.Ending(status: status).isOwnFault)
  }

  @Test
  func `is told of in whole lines`() {
    var buffer = LineBuffer()
    #expect(buffer.take("ab".utf8) == [])
    #expect(buffer.take("c\n\nd\ne".utf8) == [Array("abc".utf8), Array("d".utf8)])
    #expect(buffer.take("\n".utf8) == [Array("e".utf8)])
  }
}
