@testable import VCIFuzzing
import Foundation
import PropertyEngine
import SystemPackage
import Testing
import VCICorpus
import VCIFormat
import VCIGenerators

extension CasePlace {
  /// Stores a case, and answers its path.
  func path(storing artifact: Artifact, _ fuzzCase: FuzzCase) throws -> FilePath {
    let stored = try store(artifact, image: fuzzCase.image.bytes)
    return path(of: artifact.iteration, artifact.seed, stored.number)
  }
}

/// A new folder in which a case with a known fault is stored; it goes when the test is over.
private final class FaultyCase {
  let folder: FilePath
  let path: FilePath
  let fault = KnownFault(.extentReservedZero)

  init() throws {
    folder = FilePath(
      FileManager.default.temporaryDirectory
        .appending(path: "vcifuzz-tests-\(UUID().uuidString)").path)
    let fuzzCase = try #require(fault.cases(1, of: 1).first)
    let artifact = Artifact(
      fuzzCase, seed: 1, target: .all, corpusDigest: "00000000",
      discrepancies: fault.discrepancies(in: fuzzCase))
    path = try CasePlace(folder).path(storing: artifact, fuzzCase)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder.string) }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.string).sorted() }
  }

  func bytes(_ name: String) throws -> [UInt8] {
    try StoredFile.read(folder.appending(name), limit: 1 << 20)
  }

  func minimize(_ name: String? = nil, limit: Int = 2000) throws -> Minimization {
    try Minimization(
      case: name.map { folder.appending($0) } ?? path, corpus: [], into: nil,
      effort: ShrinkEffort(limit: limit)
    ) { _ in fault.discrepancies(in:) }
  }
}

struct `Minimizing a stored case` {
  @Test
  func `stores what comes of it beside it, and keeps it`() throws {
    let stored = try FaultyCase()
    let stem = try #require(stored.path.stem)
    let before = try stored.names.map { try stored.bytes($0) }
    let made = try stored.minimize()
    #expect(made.key == "missed VCI-EXT-008")
    #expect(made.edits == ["tree/extent[0].reserved = 1"])
    #expect(made.plan == Minimization.Plan(blocks: 13, bytes: 6656, nodes: 1, extents: 1))
    #expect(made.after.edits == 1 && made.after.bytes == 6656)
    #expect(made.isFinished)
    #expect(made.path == stored.folder.appending("\(stem)-minimized.json"))
    let new = ["\(stem)-minimized.json", "\(stem)-minimized.vci.z"]
    #expect(try stored.names.filter { !new.contains($0) }.map { try stored.bytes($0) } == before)
    let image = try Zlib.inflated(stored.bytes(new[1]), count: 6656)
    // The reserved byte of slot 0, in a root that follows header and map.
    #expect(image[(2 + 2) * 512 + 1 + 17] == 1)
  }

  @Test
  func `makes a case that replays`() throws {
    let stored = try FaultyCase()
    let replay = try Replay(case: try stored.minimize().path, corpus: nil)
    #expect(replay.discrepancies.isEmpty)
    #expect(replay.text.contains("edit: tree/extent[0].reserved = 1\n"))
    #expect(replay.text.contains("found: VCI-EXT-008"))
    #expect(!replay.text.contains("drifted"))
  }

  @Test
  func `is replayed from its image where its recipe makes another`() throws {
    let stored = try FaultyCase()
    let path = try stored.minimize().path
    let text = String(decoding: try StoredFile.read(path, limit: 1 << 20), as: UTF8.self)
    let other = text.replacingOccurrences(of: ".reserved = 1\"", with: ".reserved = 2\"")
    #expect(other != text)
    try StoredFile.write(Array(other.utf8), to: path)
    #expect(try Replay(case: path, corpus: nil).text.contains("recipe drifted"))
    let name = try #require(path.lastComponent?.string)
    #expect(throws: MinimizationFailure.drifted) { try stored.minimize(name) }
  }

  @Test
  func `overwrites no file, and makes none twice`() throws {
    let stored = try FaultyCase()
    let stem = try #require(stored.path.stem)
    try StoredFile.write([1, 2, 3], to: stored.folder.appending("\(stem)-minimized.json"))
    let second = stored.folder.appending("\(stem)-minimized-2.json")
    #expect(try stored.minimize().path == second)
    #expect(try stored.bytes("\(stem)-minimized.json") == [1, 2, 3])
    let names = try stored.names
    #expect(try stored.minimize().path == second)
    #expect(try stored.names == names)
  }

  @Test
  func `leaves a minimized case as it is`() throws {
    let stored = try FaultyCase()
    let first = try stored.minimize()
    let names = try stored.names
    let again = try stored.minimize(try #require(first.path.lastComponent?.string))
    #expect(again.path == first.path)
    #expect(again.edits == first.edits && again.after == first.after)
    #expect(try stored.names == names)
  }

  @Test
  func `stores the smallest case so far where it ends early`() throws {
    let stored = try FaultyCase()
    let made = try stored.minimize(limit: 4)
    #expect(!made.isFinished)
    #expect(made.attempts == 4)
    #expect(try !Replay(case: made.path, corpus: nil).text.contains("drifted"))
  }

  @Test
  func `refuses a case that does not fail any more`() throws {
    let stored = try FaultyCase()
    let names = try stored.names
    #expect(throws: MinimizationFailure.passes) {
      try Minimization(
        case: stored.path, corpus: nil, into: nil, tool: "/bin/false",
        workplace: { stored.folder }, isInterrupted: { false }, progress: { _ in })
    }
    #expect(try stored.names == names)
  }

  @Test
  func `runs a case that ends its process in processes`() throws {
    let stored = try FaultyCase()
    // A program that dies of every image with a reserved byte in an extent.
    let tool = stored.folder.appending("tool")
    let script =
      "#!/bin/sh\nfor case; do :; done\ngrep -q '\"tree.*extent.*reserved' \"$case\" && kill -ILL $$\nexit 0\n"
    try StoredFile.write(Array(script.utf8), to: tool)
    #expect(unsafe chmod(tool.string, 0o700) == 0)
    let text = String(decoding: try StoredFile.read(stored.path, limit: 1 << 20), as: UTF8.self)
    let deadly = text.replacingOccurrences(of: "\"missed\"", with: "\"trapped\"")
    try StoredFile.write(Array(deadly.utf8), to: stored.path)
    let workplace = stored.folder.appending("workplace")
    let made = try Minimization(
      case: stored.path, corpus: nil, into: nil, tool: tool,
      workplace: {
        try StoredFile.makeFolder(workplace)
        return workplace
      }, isInterrupted: { false }, progress: { _ in })
    #expect(made.key == "trapped")
    #expect(made.findings == ["trapped: signal 4"])
    // It dies of the words alone, whatever stands in the image.
    #expect(made.edits == ["tree/extent[0].reserved = 0"])
    #expect(made.plan == Minimization.Plan(blocks: 12, bytes: 6144, nodes: 1, extents: 0))
    #expect(try !stored.names.contains("workplace"))
  }

  @Test
  func `takes no process that somebody else ended for one that the case ends`() throws {
    let stored = try FaultyCase()
    let tool = stored.folder.appending("tool")
    try StoredFile.write(Array("#!/bin/sh\nkill -KILL $$\n".utf8), to: tool)
    #expect(unsafe chmod(tool.string, 0o700) == 0)
    let text = String(decoding: try StoredFile.read(stored.path, limit: 1 << 20), as: UTF8.self)
    let deadly = text.replacingOccurrences(of: "\"missed\"", with: "\"trapped\"")
    try StoredFile.write(Array(deadly.utf8), to: stored.path)
    let workplace = stored.folder.appending("workplace")
    #expect(throws: MinimizationFailure.passes) {
      try Minimization(
        case: stored.path, corpus: nil, into: nil, tool: tool,
        workplace: {
          try StoredFile.makeFolder(workplace)
          return workplace
        }, isInterrupted: { false }, progress: { _ in })
    }
  }
}
