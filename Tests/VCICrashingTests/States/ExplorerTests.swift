@testable import VCICrashing
import Testing
import VCIFormat
import VCIFuzzing
import VCIGenerators

/// Changes of what the reference asks of the disk, each of which breaks one requirement.
private enum Mutant: CaseIterable {
  /// The flag is cleared before list, bits and counters are written.
  case clearedEarly
  /// There is no flush between the nodes and the root.
  case noFlushBeforeRoot
  /// There is no flush after the root.
  case noFlushAfterRoot

  /// The requirement that it breaks.
  var requirement: String {
    switch self {
    case .clearedEarly: "VCI-WR-002"
    case .noFlushBeforeRoot: "VCI-WR-003"
    case .noFlushAfterRoot: "VCI-WR-004"
    }
  }

  /// Changes the requests of work that ends with a close.
  func changed(_ trace: DiskTrace) -> DiskTrace {
    var events = trace.events
    let flags = events.indices.filter { index in
      if case .write(0, _) = events[index] { true } else { false }
    }
    switch self {
    case .clearedEarly:
      let clearing = events.remove(at: flags[flags.count - 1])
      // The root was switched by the one before.
      events.insert(contentsOf: [clearing, .flush], at: flags[flags.count - 2] + 2)
    case .noFlushBeforeRoot: events.remove(at: flags[1] - 1)
    case .noFlushAfterRoot: events.remove(at: flags[1] + 1)
    }
    var changed = DiskTrace(of: trace.initial)
    for event in events { changed.append(event) }
    return changed
  }
}

struct `An exploration of crash states` {
  private static let sequence: [CacheOperation] = [.write(0, 2, version: 1), .flush]

  private func explored(
    _ change: (DiskTrace) -> DiskTrace, isPruning: Bool, mostMissing: Int = 1
  ) throws -> Explorer {
    let start = try CrashImage.empty.make()
    let work = RecordedWork(Self.sequence, on: start.bytes, caching: start.model)
    #expect(work.flaw == nil)
    let explorer = Explorer(
      Explorer.Choice(isPruning: isPruning, mostMissing: mostMissing),
      creating: CrashImage.empty.plan)
    explorer.explore(change(work.trace).epochs(from: 0, settles: work.settles)) { point in
      Expectation(image: .cached(work.allowed(at: point)))
    }
    return explorer
  }

  @Test
  func `finds nothing wrong with the reference, and leaves out most states`() throws {
    let explorer = try explored({ $0 }, isPruning: true, mostMissing: 2)
    #expect(explorer.findings.isEmpty)
    let counts = explorer.counts
    #expect(counts.tried + counts.unreached + counts.sameReading == counts.states)
    #expect(counts.tried > 10 && counts.tried * 10 < counts.states)
    #expect(explorer.digests.count <= Int(counts.tried))
  }

  @Test(.timeLimit(.minutes(30)), arguments: Mutant.allCases)
  fileprivate func `finds what breaks a requirement, with pruning as without`(
    mutant: Mutant
  ) throws {
    let pruned = try explored(mutant.changed, isPruning: true)
    #expect(pruned.findings.contains { $0.flaw.requirement == mutant.requirement })
    let whole = try explored(mutant.changed, isPruning: false)
    #expect(
      Set(pruned.findings.map(\.flaw.requirement)) == Set(whole.findings.map(\.flaw.requirement)))
    #expect(whole.counts.tried > 5 * pruned.counts.tried)
  }

  @Test(.timeLimit(.minutes(30)))
  func `without pruning reads nothing that it does not read with it`() throws {
    let pruned = try explored({ $0 }, isPruning: true)
    let whole = try explored({ $0 }, isPruning: false)
    #expect(whole.findings.isEmpty)
    #expect(pruned.digests == whole.digests)
  }
}
