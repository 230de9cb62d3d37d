import SystemPackage
import Testing
import VCIFormat

@testable import VCIConformance

struct `A request of a test` {
  private func run(
    _ operations: Set<String> = ["probe"], features: Set<Feature> = [],
    _ answer: @escaping (PortRequest) throws(AdapterFailure) -> PortAnswer
  ) -> TestRun {
    TestRun("test", FakeAdapter(operations, features: features, answer))
  }

  @Test
  func `counts its area and requirement`() {
    let run = run { _ in .done(.nothing) }
    #expect(run.ask(.probe(image: "/t/a"), .probe, .probe) == .done(.nothing))
    #expect(run.result.areas == ["probe": 1])
    #expect(run.result.requirements == ["VCI-RD-001": 1])
    #expect(run.result.failures.isEmpty)
  }

  @Test(
    arguments: [
      (.crashed("x"), "crashed, probe, VCI-RD-007"),
      (.internalError("x"), "internal-error, probe, VCI-RD-007"),
      (.timedOut(milliseconds: 1), "timed-out, probe, VCI-RD-007"),
      (.memory(bytes: 2, limit: 1), "memory, probe, VCI-RD-007"),
      (.processes(17, limit: 16), "processes, probe, VCI-RD-007"),
      (.protocolViolation("x"), "protocol-violation, probe, VCI-RD-001"),
    ] as [(AdapterFailure, String)])
  func `without an answer is a failure`(failure: AdapterFailure, words: String) {
    let run = run { _ throws(AdapterFailure) in throw failure }
    #expect(run.ask(.probe(image: "/t/a"), .probe, .probe) == nil)
    #expect(run.result.words == [words])
  }

  @Test(
    arguments: [
      ("", nil), ("\n\n", nil), ("no memory\n", "no memory"), ("a\nb\u{1b}[0m", "a\nb\\u001b[0m"),
      (String(repeating: "x", count: 500) + "y", String(repeating: "x", count: 399) + "y"),
    ])
  func `without an answer tells what the program said last`(said: String, errors: String?) {
    let adapter = FakeAdapter(["probe"]) { _ throws(AdapterFailure) in throw .crashed("x") }
    adapter.errorTail = Array(said.utf8)
    let run = TestRun("test", adapter)
    #expect(run.ask(.probe(image: "/t/a"), .probe, .probe) == nil)
    #expect(run.result.failures.map(\.errors) == [errors])
  }

  @Test
  func `with a wrong answer tells nothing of what the program said`() {
    let adapter = FakeAdapter(["probe"]) { _ in .notImplemented }
    adapter.errorTail = Array("no memory".utf8)
    let run = TestRun("test", adapter)
    #expect(run.ask(.probe(image: "/t/a"), .probe, .probe) == nil)
    #expect(run.result.failures.map(\.errors) == [nil])
  }

  @Test
  func `without an answer for want of a processor is not run`() {
    let run = run { _ throws(AdapterFailure) in throw .starved(milliseconds: 2) }
    #expect(run.ask(.probe(image: "/t/a"), .probe, .probe) == nil)
    #expect(run.ask(.probe(image: "/t/a"), .probe, .probe) == nil)
    #expect(run.result.failures.isEmpty)
    #expect(
      run.result.notRun
        == "the machine is too busy: it did not give the program 2 ms in ten times as long")
    #expect(run.result.outcome == "not-run")
    // What the program left half made is not its fault.
    run.fail(
      .probe, .probe, .leftBehind, .probe(image: "/t/a"), expected: "nothing", got: "a file")
    #expect(run.result.failures.isEmpty)
  }

  @Test
  func `that was wrong before counts, whatever the machine does then`() {
    let run = run { request throws(AdapterFailure) in
      if case .ping = request { throw .starved(milliseconds: 2) }
      return .notImplemented
    }
    #expect(run.ask(.probe(image: "/t/a"), .probe, .probe) == nil)
    #expect(run.ask(.ping, .probe, .probe) == nil)
    #expect(run.result.words == ["declared-but-unsupported, probe, VCI-RD-001"])
    #expect(run.result.notRun == nil)
  }

  @Test
  func `is not made after one that took too long`() {
    let run = run { _ throws(AdapterFailure) in throw .timedOut(milliseconds: 1) }
    _ = run.ask(.probe(image: "/t/a"), .probe, .probe)
    _ = run.ask(.check(image: "/t/a"), .check, .hostileBytes)
    #expect(run.result.words == ["timed-out, probe, VCI-RD-007"])
    #expect(run.result.areas == ["probe": 1])
  }

  @Test
  func `must not be unsupported or not implemented`() {
    for answer in [PortAnswer.unsupported(feature: "fixed"), .notImplemented] {
      let run = run(features: [.fixed]) { _ in answer }
      #expect(run.ask(.probe(image: "/t/a"), .probe, .probe) == nil)
      #expect(run.result.words == ["declared-but-unsupported, probe, VCI-RD-001"])
    }
  }

  @Test
  func `may be unsupported for want of a feature that it needs`() {
    for (request, feature) in [
      (PortRequest.create(image: "/t/a", blocks: 21, isFixed: true, .nil), "fixed"),
      (.open(image: "/t/a", handle: "h", .reading, modUUID: .nil), "mod-uuid"),
      (.setModUUID(handle: "h", .nil), "mod-uuid"),
      (.read(handle: "h", block: 1 << 32, count: 1, file: "/t/out"), "wide-disks"),
      (.read(handle: "h", block: 0, count: 1 << 33, file: "/t/out"), "wide-disks"),
    ] {
      let run = run { _ in .unsupported(feature: feature) }
      #expect(run.ask(request, .reads, .reads) == nil)
      #expect(run.result.failures.isEmpty)
      #expect(run.result.notApplicable == [feature])
      #expect(!run.result.isApplicable)
    }
  }

  @Test
  func `must not be unsupported for want of a feature that it does not need`() {
    for (request, feature) in [
      (PortRequest.create(image: "/t/a", blocks: 21, isFixed: false, .nil), "fixed"),
      (.open(image: "/t/a", handle: "h", .reading), "mod-uuid"),
      (.open(image: "/t/a", handle: "h", .writing), "dirty-recovery"),
      (.read(handle: "h", block: 1, count: 1, file: "/t/out"), "wide-disks"),
      (.probe(image: "/t/a"), "locks"), (.probe(image: "/t/a"), "multi-level-tree"),
      (.probe(image: "/t/a"), "wings"),
    ] {
      let run = run { _ in .unsupported(feature: feature) }
      #expect(run.ask(request, .reads, .reads) == nil)
      #expect(run.result.words == ["declared-but-unsupported, reads, VCI-RD-006"])
    }
  }

  @Test
  func `may be unsupported for want of a feature that the image may need`() {
    for feature in [Feature.trees, .wideDisks, .recovery] {
      let run = run { _ in .unsupported(feature: feature.rawValue) }
      run.needed = [feature]
      #expect(
        run.ask(.open(image: "/t/a", handle: "h", .writing), .openForWriting, .openForWriting)
          == nil)
      #expect(run.result.failures.isEmpty)
    }
  }

  @Test
  func `is followed by a look at the limits`() {
    let adapter = FakeAdapter(["probe"]) { _ in .done(.nothing) }
    adapter.excess = .memory(bytes: 2, limit: 1)
    let run = TestRun("test", adapter)
    run.requireLimits()
    #expect(run.result.failures.isEmpty)
    _ = run.ask(.probe(image: "/t/a"), .probe, .probe)
    run.requireLimits()
    #expect(run.result.words == ["memory, probe, VCI-RD-007"])
  }
}
