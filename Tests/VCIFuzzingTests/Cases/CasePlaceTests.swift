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
  private let artifact: Artifact

  init() {
    var maker = CaseMaker(seed: 1, target: .check, corpus: [])
    fuzzCase = maker.make(20)
    artifact = Artifact(
      fuzzCase, seed: 1, target: .check, corpusDigest: "00000000",
      discrepancies: [Discrepancy(.missed, .treeDepth, "made up")])
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
    let first = try place.store(artifact, image: fuzzCase.image.bytes)
    let second = try place.store(artifact, image: fuzzCase.image.bytes)
    #expect(first == StoredCase(number: 1, isNew: true))
    #expect(second == StoredCase(number: 1, isNew: false))
    #expect(try Artifact(reading: place.path(of: 20, 1, 1)) == artifact)
  }

  @Test(arguments: ["x-case-1-20.json", "x-case-1-20.vci.z"])
  func `keeps files of other bytes that have the name`(name: String) throws {
    defer { tidy() }
    try FileManager.default.createDirectory(
      atPath: folder.string, withIntermediateDirectories: true)
    let path = folder.appending(name).string
    try Data("precious".utf8).write(to: URL(filePath: path))
    let place = CasePlace(folder, prefix: "x-")
    #expect(
      try place.store(artifact, image: fuzzCase.image.bytes) == StoredCase(number: 2, isNew: true))
    #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
    #expect(names == [name, "x-case-1-20-2.json", "x-case-1-20-2.vci.z"].sorted())
    let replay = try Replay(case: place.path(of: 20, 1, 2), corpus: nil)
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
      try CasePlace(file).store(artifact, image: fuzzCase.image.bytes)
    }
    #expect(names == ["file"])
  }
}

struct `The file of a case` {
  @Test
  func `has numbers of 64 bits as strings, and is read with numbers too`() throws {
    var maker = CaseMaker(seed: .max, target: .check, corpus: [])
    let artifact = Artifact(
      maker.make(9_007_199_254_740_993), seed: .max, target: .check, corpusDigest: "00000000",
      discrepancies: [])
    let text = String(decoding: Artifact.encoded(artifact), as: UTF8.self)
    #expect(text.contains("\"iteration\" : \"9007199254740993\""))
    #expect(text.contains("\"schema\" : 3"))
    #expect(text.contains("\"seed\" : \"18446744073709551615\""))
    let older =
      text.replacing("\"9007199254740993\"", with: "9007199254740993")
      .replacing("\"18446744073709551615\"", with: "18446744073709551615")
      .replacing("\"schema\" : 3", with: "\"schema\" : 2")
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).json")
    defer { try? FileManager.default.removeItem(at: path) }
    try Data(older.utf8).write(to: path)
    let read = try Artifact(reading: FilePath(path.path))
    #expect(read.seed == .max)
    #expect(read.iteration == 9_007_199_254_740_993)
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

struct `A board` {
  private func board() throws -> JobBoard {
    try JobBoard(in: FilePath(FileManager.default.temporaryDirectory.path), lanes: 2)
  }

  @Test
  func `knows what is left of a range, and of one that was not begun all`() throws {
    let board = try board()
    #expect(board.rest(of: 64..<128, in: 1) == 64..<128)
    board.enter(64..<128, in: 1)
    board.begin(64, of: 1, in: 1)
    #expect(board.current(of: 1) == 64)
    #expect(board.rest(of: 64..<128, in: 1) == 64..<128)
    board.finish(64, Observation(), in: 1)
    board.skip(65, in: 1)
    board.leave(66, in: 1)
    #expect(board.rest(of: 64..<128, in: 1) == 67..<128)
    // A lower range that another gave back is not taken for done.
    #expect(board.rest(of: 0..<20, in: 1) == 0..<20)
    #expect(board.iterations(of: 1) == 1)
    #expect(board.tally(of: 1)[.findings] == 1)
    #expect(board.tally(of: 0) == Tally())
  }

  @Test
  func `needs a folder`() throws {
    #expect(throws: (any Error).self) { try JobBoard(in: "/nowhere/at/all", lanes: 1) }
  }
}
