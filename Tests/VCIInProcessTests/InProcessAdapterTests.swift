import SystemPackage
import Testing
import VCIFormat

@testable import VCIConformance
@testable import VCIInProcess

struct `An implementation in this process` {
  private let folder: WorkFolder
  private let log = FakeImplementation.Log()

  init() throws { folder = try WorkFolder() }

  /// An adapter of an implementation that `change` changed.
  private func adapter(
    _ change: (inout FakeImplementation) -> Void
  ) -> InProcessAdapter<FakeImplementation> {
    var implementation = FakeImplementation(log)
    change(&implementation)
    let made = implementation
    return InProcessAdapter { made }
  }

  /// The runs of a read of 10 blocks from block 5 on, and the bytes of its file.
  private func read(_ runs: [ReadRun]) throws -> (answer: PortAnswer, bytes: [UInt8]) {
    let adapter = adapter { $0.runs = runs }
    let file = try folder.emptyFile()
    _ = try adapter.answer(.open(image: "/image", handle: "h", .reading))
    let answer = try adapter.answer(.read(handle: "h", block: 5, count: 10, file: file))
    let work = try WorkFile(reading: file)
    defer { work.close() }
    return (answer, work.bytes(at: 0, count: 1 << 16))
  }

  @Test func `gives hits and misses, and the bytes of hits at their distance`() throws {
    let (answer, bytes) = try read([
      .miss(2), .hit([UInt8](repeating: 7, count: 1024)), .miss(6),
    ])
    #expect(
      answer
        == .done(
          .runs([
            PortAnswer.Run(isHit: false, block: 5, count: 2),
            PortAnswer.Run(isHit: true, block: 7, count: 2),
            PortAnswer.Run(isHit: false, block: 9, count: 6),
          ])))
    #expect(
      bytes == [UInt8](repeating: 0, count: 1024) + [UInt8](repeating: 7, count: 1024))
  }

  @Test func `ends an answer before a hit that is too far for a file`() throws {
    let (answer, bytes) = try read([
      .miss(1 << 50), .hit([UInt8](repeating: 7, count: 512)),
    ])
    #expect(answer == .done(.runs([PortAnswer.Run(isHit: false, block: 5, count: 1 << 50)])))
    #expect(bytes == [])
  }

  @Test(
    arguments: [
      ([.hit([1, 2, 3])], "a hit of 3 bytes, not of blocks"),
      ([.miss(.max), .miss(1)], "runs behind block 2^64 - 1"),
    ] as [([ReadRun], String)])
  func `breaks the port by runs that are none`(runs: [ReadRun], reason: String) {
    #expect(throws: AdapterFailure.protocolViolation(reason)) { try read(runs) }
  }

  @Test(
    arguments: [
      (.rule("VCI-HDR-001"), .refused(PortAnswer.Refusal(rule: "VCI-HDR-001"))),
      (.rule("VCI-RD-001"), .refused(PortAnswer.Refusal(rule: "VCI-RD-001"))),
      (.reason(.notUpToDate), .refused(PortAnswer.Refusal(class: "not-up-to-date"))),
      (.unsupported(.multiLevelTree), .unsupported(feature: "multi-level-tree")),
      (.notImplemented, .notImplemented),
    ] as [(VCIInProcess.Refusal, PortAnswer)])
  func `refuses`(refusal: VCIInProcess.Refusal, answer: PortAnswer) throws {
    #expect(try adapter { $0.refusal = refusal }.answer(.probe(image: "/image")) == answer)
  }

  @Test func `breaks the port by a rule that there is not`() {
    let adapter = adapter { $0.refusal = VCIInProcess.Refusal.rule("VCI-HDR-999") }
    #expect(throws: AdapterFailure.protocolViolation("there is no rule VCI-HDR-999")) {
      try adapter.answer(.probe(image: "/image"))
    }
  }

  @Test func `fails itself by any other error`() {
    let adapter = adapter { $0.refusal = FakeImplementation.OwnError() }
    #expect(throws: AdapterFailure.internalError("OwnError()")) {
      try adapter.answer(.probe(image: "/image"))
    }
  }

  @Test func `changes the image that is open, which a finish closes`() throws {
    let log = log
    let adapter = InProcessAdapter { FakeImplementation(log) }
    let file = try folder.file([UInt8](repeating: 1, count: 1024))
    _ = try adapter.answer(.open(image: "/image", handle: "h", .writing, modUUID: .nil))
    let answer = try adapter.answer(.write(handle: "h", block: 9, count: 2, file: file))
    #expect(answer == .done(.written(1, losses: [])))
    try adapter.finish()
    _ = try adapter.answer(.probe(image: "/image"))
    #expect(
      log.all == [
        "made", "made", "opened for writing, 00000000-0000-0000-0000-000000000000",
        "1024 bytes at 9", "closed image, written", "made",
      ])
  }

  @Test func `has the operations and features of the port, by their names`() {
    #expect(
      Set(Declaration.Operation.allCases.map(\.rawValue))
        == Set(Capabilities.operations).subtracting(["close", "repair-leaks", "repair-all"]))
    #expect(
      Declaration.Feature.allCases.map(\.rawValue) == Feature.allCases.map(\.rawValue))
    let declared = Capabilities(
      Declaration(
        name: "n", version: "1", operations: [.openForWriting], features: [.locks],
        durability: .close, mostBlocks: 7))
    #expect(declared.operations == ["open-rw"])
    #expect(declared.features == [.locks])
    #expect(declared.durability == .close)
    #expect(declared.mostBlocks == 7)
  }
}
