@testable import VCIFuzzing
import Foundation
import PropertyEngine
import SystemPackage
import Testing
import VCICorpus
import VCIFormat
import VCIGenerators

extension CasePlace {
  /// Stores a case of seed 1, and returns its path.
  func path(
    storing fuzzCase: FuzzCase, target: Target = .all, _ discrepancies: [Discrepancy]
  ) throws -> FilePath {
    let (stored, image) = StoredCase.make(
      fuzzCase, seed: 1, target: target, corpusDigest: "00000000", discrepancies)
    return path(of: fuzzCase.iteration, 1, try store(stored, image).number)
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
    path = try CasePlace(folder).path(storing: fuzzCase, fault.discrepancies(in: fuzzCase))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder.string) }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.string).sorted() }
  }

  func bytes(_ name: String) throws -> [UInt8] {
    try StoredFile.read(folder.appending(name), limit: 1 << 20)
  }

  func minimize(_ name: String? = nil, limit: Int = 2000) throws -> Minimization {
    try MinimizeTask(
      case: name.map { folder.appending($0) } ?? path, effort: ShrinkEffort(limit: limit)
    ) { [fault] _ in fault.discrepancies(in:) }.run()
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
    #expect(made.path == stored.folder.appending("\(stem)-minimized.vcir"))
    let new = ["\(stem)-minimized.vcir", "\(stem)-minimized.vci.z"]
    #expect(try stored.names.filter { !new.contains($0) }.map { try stored.bytes($0) } == before)
    let image = try Zlib.inflated(stored.bytes(new[1]), count: 6656)
    // The reserved byte of slot 0, in a root that follows header and map.
    #expect(image[(2 + 2) * 512 + 1 + 17] == 1)
  }

  @Test
  func `makes a case that replays`() throws {
    let stored = try FaultyCase()
    let replay = try Replay(case: try stored.minimize().path)
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
    let other = text.replacingOccurrences(of: ".reserved = 1\n", with: ".reserved = 2\n")
    #expect(other != text)
    try StoredFile.write(Array(other.utf8), to: path)
    #expect(try Replay(case: path).text.contains("recipe drifted"))
    let name = try #require(path.lastComponent?.string)
    #expect(throws: MinimizationFailure.drifted) { try stored.minimize(name) }
  }

  @Test
  func `overwrites no file, and makes none twice`() throws {
    let stored = try FaultyCase()
    let stem = try #require(stored.path.stem)
    try StoredFile.write([1, 2, 3], to: stored.folder.appending("\(stem)-minimized.vcir"))
    let second = stored.folder.appending("\(stem)-minimized-2.vcir")
    #expect(try stored.minimize().path == second)
    #expect(try stored.bytes("\(stem)-minimized.vcir") == [1, 2, 3])
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
    #expect(try !Replay(case: made.path).text.contains("drifted"))
  }

  @Test
  func `refuses a case that does not fail any more`() throws {
    let stored = try FaultyCase()
    let names = try stored.names
    let task = MinimizeTask(
      case: stored.path, attempts: 2000, isInterrupted: { false }, progress: { _ in })
    #expect(throws: MinimizationFailure.passes) { try task.run() }
    #expect(try stored.names == names)
  }

  @Test
  func `leaves out edits that name no place`() throws {
    let plan = ImagePlan(blocks: 12, mapAddress: 2, rootAddress: 4, size: 6144)
    let edits: [Edit] = [.toggle(1_000_000), .change(.field(.mapMagic), .to(0))]
    let made = StoredCase.make(
      FuzzCase(plan: plan, iteration: 0).edited(by: edits), seed: 1, target: .all,
      corpusDigest: "", [])
    let read = try StoredCase(parsing: made.stored.description)
    #expect(read.fuzzCase.edits == [edits[1]])
  }
}

struct `A process for a case` {
  @Test
  func `tells by which signal the case ended it`() throws {
    let death = try CaseProcess.death { kill(getpid(), SIGILL) }
    #expect(death == Discrepancy(.trapped, nil, "signal 4"))
  }

  @Test
  func `tells nothing where somebody else ended it, or nothing did`() throws {
    #expect(try CaseProcess.death { kill(getpid(), SIGKILL) } == nil)
    #expect(try CaseProcess.death {} == nil)
  }
}
