@testable import VCIFuzzing
import Foundation
import PropertyEngine
import SystemPackage
import Testing
import VCIFormat
import VCIGenerators

struct `Minimizing a case with operations` {
  /// The smallest case under which `fails` holds, from `base` under `edits` and these lines.
  private func minimized(
    _ base: FuzzCase, _ edits: [Edit], _ lines: [String],
    fails: @escaping (FuzzCase) -> Bool
  ) throws -> FuzzCase {
    let workload = try #require(Workload(parsing: lines))
    var minimizer = Minimizer(
      base, edits: edits, workload: workload, effort: ShrinkEffort(limit: 5000), fails: fails)
    minimizer.run()
    return minimizer.best
  }

  /// A root with extents of two blocks and of one.
  private static let plan = ImagePlan(
    blocks: 4096, mapAddress: 2, rootAddress: 100,
    extents: [
      Extent(offset: 7, blocks: 2, address: 200), Extent(offset: 90, blocks: 1, address: 300),
    ], size: 400 * 512)

  @Test
  func `leaves out edits that do not matter, and puts a created cache in the image's place`()
    throws
  {
    let best = try minimized(
      FuzzCase(plan: Self.plan, iteration: 3),
      [.change(.extent(.root, slot: 0, .extentReserved), .to(1))],
      ["write 9000+4 = 3", "flush", "discard 8000+700", "write 2+1 = 9", "close"]
    ) { fuzzCase in
      fuzzCase.workload?.operations.contains { operation in
        if case .discard = operation { true } else { false }
      } ?? false
    }
    #expect(best.base == .created(CreatedImage(blocks: 21, type: .dynamic)))
    #expect(best.edits == [])
    #expect(best.workload?.lines == ["discard 0+1"])
  }

  @Test
  func `makes the plan small where no created cache will do`() throws {
    let best = try minimized(
      FuzzCase(plan: Self.plan, iteration: 3), [], ["read 7+1", "write 7+2 = 5", "close"]
    ) { fuzzCase in
      let extents = fuzzCase.image.model.map { ReadForecast($0).count } ?? 0
      return extents > 0 && fuzzCase.workload?.operations.isEmpty == false
    }
    #expect(best.base == .plan)
    #expect(best.plan?.extents.count == 1)
    #expect(best.plan?.blocks == 13)
    #expect(best.workload?.operations.count == 1)
  }

  @Test
  func `lowers what begins at one place together, and all as far`() throws {
    let created = FuzzCase(CreatedImage(blocks: 500, type: .fixed), iteration: 1)
    let best = try minimized(
      created, [], ["write 4294967295+9 = 7", "write 4294967300+1 = 8", "read 4294967295+2"]
    ) { fuzzCase in
      let offsets = (fuzzCase.workload?.operations ?? []).compactMap { operation -> UInt64? in
        switch operation {
        case .write(let offset, _, version: _), .read(let offset, _): offset.rawValue
        default: nil
        }
      }
      // A write and a read at one place, and a write five blocks behind it.
      return offsets.count == 3 && offsets[1] == offsets[0] + 5 && offsets[2] == offsets[0]
    }
    #expect(best.base == .created(CreatedImage(blocks: 21, type: .dynamic)))
    #expect(best.workload?.lines == ["write 0+1 = 0", "write 5+1 = 0", "read 0+1"])
  }
}

struct `A stored case with operations` {
  @Test
  func `is replayed and minimized with them`() throws {
    let folder = FilePath(
      FileManager.default.temporaryDirectory
        .appending(path: "vcifuzz-tests-\(UUID().uuidString)").path)
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    let workload = Workload([
      .write(40, 3, version: 1), .read(40, 3), .write(41, 1, version: 2), .close,
    ])
    let fuzzCase = FuzzCase(CreatedImage(blocks: 100, type: .fixed), iteration: 9).running(workload)
    let comparer = CaseComparer(
      target: .ops, seed: 1, implementation: ModelImage.implementation(.keepsStaleBytes))
    try comparer.compare(fuzzCase)
    let found = comparer.observation.discrepancies
    #expect(found.map(\.kind) == [.wrongBytes])
    let path = try CasePlace(folder).path(storing: fuzzCase, target: .ops, found)
    let stored = try StoredCase(reading: path)
    #expect(stored.fuzzCase.workload == workload && stored.discrepancies == found)
    #expect("\(stored.fuzzCase.base)" == "created 100 fixed")

    // The reference has not the fault of the model.
    let replay = try Replay(case: path)
    #expect(replay.discrepancies.isEmpty)
    #expect(replay.text.contains("\noperation: write 41+1 = 2\n"))

    let made = try MinimizeTask(case: path, effort: ShrinkEffort(limit: 2000)) { _ in
      { fuzzCase in
        try? comparer.compare(fuzzCase)
        return comparer.observation.discrepancies
      }
    }.run()
    #expect(made.key == "wrong-bytes")
    #expect(made.operations == ["write 0+1 = 0", "write 0+1 = 1"])
    #expect(made.before.operations == 4)
    #expect(made.plan.blocks == 21)
    let again = try Replay(case: made.path)
    #expect(again.text.contains("base: created 21 dynamic\n"))
    #expect(again.text.contains("\noperation: write 0+1 = 1\n"))
  }
}
