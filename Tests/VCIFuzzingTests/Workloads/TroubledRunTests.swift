@testable import VCIFuzzing
import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators

struct `A run with troubles` {
  private func comparison(
    of lines: [String], blocks: UInt64 = 64, _ implementation: Implementation = Implementation()
  ) throws -> Observation {
    let comparer = CaseComparer(target: .ops, seed: 1, implementation: implementation)
    let workload = try #require(Workload(parsing: lines))
    try comparer.compare(
      FuzzCase(CreatedImage(blocks: blocks, type: .dynamic), iteration: 0).running(workload))
    return comparer.observation
  }

  private static let full = ["write 0+8 = 1", "write 100+8 = 2", "flush", "write 4+8 = 3"]

  @Test
  func `finds nothing wrong with the reference, whichever change a crash comes in`() throws {
    for call in 0..<10 {
      for seed in 0..<3 {
        for last in ["flush", "close", "discard 0+200"] {
          let found = try comparison(of: Self.full + ["crash \(call) \(seed)", last])
          #expect(found.discrepancies.isEmpty, "call \(call), seed \(seed), \(last)")
          #expect(found.counts.contains(Counter.crashes.rawValue))
        }
      }
    }
  }

  @Test
  func `finds nothing wrong with the reference, whichever call fails`() throws {
    for call in 0..<8 {
      for failure in [CallFailure.ioError, .noSpace, .shortWrite] {
        for last in ["flush", "write 200+20 = 4", "reopen reading", "discard 0+18014398509481984"] {
          let trouble = "fail \(call) \(failure.rawValue)"
          let found = try comparison(
            of: Self.full + [trouble, last, "write 300+2 = 5", "crash 1 3", "flush"])
          #expect(found.discrepancies.isEmpty, "\(trouble), \(last)")
          guard call == 0, last == "flush" else { continue }
          #expect(found.counts.contains(Counter(failure).rawValue), "\(trouble), \(last)")
        }
      }
    }
  }

  @Test
  func `lets a crash leave none of a block that made room for its own new content`() throws {
    let found = try comparison(
      of: [
        "write 14+1 = 0", "write 0+7 = 0", "flush", "write 7+7 = 0", "write 14+1 = 0", "crash 0 0",
      ], blocks: 35)
    #expect(found.discrepancies.isEmpty)
    #expect(found.counts.contains(Counter.crashes.rawValue))
  }

  @Test
  func `crashes the close at its end, and counts what went wrong`() throws {
    let found = try comparison(
      of: ["write 0+1 = 1", "fail 0 ENOSPC", "write 1+1 = 2", "fail 0 EIO", "flush", "crash 1 0"])
    #expect(found.discrepancies.isEmpty)
    let counted = [
      Counter.crashes, .failedEIO, .failedENOSPC, .failedEDQUOT, .failedEFBIG, .shortWrites,
    ].map { counter in found.counts.count { $0 == counter.rawValue } }
    #expect(counted == [1, 1, 1, 0, 0, 0])
    // Troubles are no operations.
    #expect(found.counts.count { $0 == Counter.operations.rawValue } == 3)
  }

  /// A fault, the finding that shows it, and the fewest operations that do.
  private static let planted: [(TroubledImage.Fault, DiscrepancyKind, [String])] = [
    (.flushesNothing, .lostBlocks, ["write 0+1 = 0", "flush", "crash 0 0"]),
    (.hidesFailures, .failureHidden, ["write 0+1 = 0", "fail 0 EIO", "flush"]),
    (.servesOldBytes, .wrongBytes, ["write 0+1 = 0", "fail 0 EIO", "write 0+1 = 0"]),
    // Bits are stored by a close alone.
    (.clearsFlagFirst, .unflagged, ["write 0+1 = 0", "flush", "crash 0 0"]),
  ]

  @Test
  func `finds every fault that troubles show, and shrinks what shows it`() throws {
    #expect(Self.planted.map(\.0) == TroubledImage.Fault.allCases)
    for (fault, kind, operations) in Self.planted {
      let implementation = TroubledImage.implementation(fault)
      let comparer = CaseComparer(target: .ops, seed: 1, implementation: implementation)
      let first = try #require(Workload(parsing: ["write 2+3 = 7", "read 0+3"] + operations))
      func fails(_ fuzzCase: FuzzCase) -> Bool {
        try? comparer.compare(fuzzCase)
        return comparer.observation.discrepancies.contains { $0.kind == kind }
      }
      let fuzzCase = FuzzCase(CreatedImage(blocks: 64, type: .dynamic), iteration: 0)
      let isFound = fails(fuzzCase.running(first))
      let found = comparer.observation.discrepancies
      #expect(isFound, "\(fault): \(found)")
      var minimizer = Minimizer(
        fuzzCase, edits: [], workload: first, effort: ShrinkEffort(limit: 5000), fails: fails)
      minimizer.run()
      #expect(minimizer.best.workload?.lines == operations, "\(fault)")
    }
  }

  @Test
  func `leaves troubles out on files that are too large for them`() throws {
    let blocks: UInt64 = 1 << 14
    let comparer = CaseComparer(target: .ops, seed: 1)
    let workload = try #require(Workload(parsing: ["write 0+1 = 1", "crash 0 1", "flush"]))
    try comparer.compare(
      FuzzCase(CreatedImage(blocks: blocks, type: .fixed), iteration: 0).running(workload))
    #expect(comparer.observation.discrepancies.isEmpty)
    #expect(!comparer.observation.counts.contains(Counter.crashes.rawValue))
  }
}

struct `What may be cached` {
  private func allowed(_ runs: [(Range<UInt64>, UInt32)]) -> AllowedBlocks {
    var model = CacheModel()
    for (range, version) in runs { model.put(.written(version), in: range) }
    return AllowedBlocks(model)
  }

  @Test
  func `is what was durable, or what was written since`() {
    var allowed = allowed([(0..<10, 1)])
    allowed.mayHold(.written(2), in: 5..<15)
    allowed.mayHold(.written(3), in: 9..<10)
    #expect(allowed.runs(of: 0).map(\.content) == [.written(1)])
    #expect(allowed.runs(of: 9).map(\.content) == [.written(1), .written(2), .written(3)])
    #expect(allowed.runs(of: 12).map(\.content) == [.written(2)])
    #expect(allowed.runs(of: 15).isEmpty)
  }

  @Test
  func `lacks nothing of what was durable, unless it was discarded or lost`() {
    var allowed = allowed([(0..<10, 1), (20..<30, 1)])
    var found = CacheModel()
    found.put(.written(1), in: 0..<4)
    found.put(.written(1), in: 8..<10)
    found.put(.written(1), in: 20..<30)
    #expect(allowed.firstLost(in: found) == 4)
    allowed.mayMiss(4..<6)
    #expect(allowed.firstLost(in: found) == 6)
    allowed.mayMiss(5..<8)
    #expect(allowed.firstLost(in: found) == nil)
    found.remove(29..<30)
    #expect(allowed.firstLost(in: found) == 29)
    allowed.forget(29..<30)
    #expect(allowed.firstLost(in: found) == nil)
  }
}
