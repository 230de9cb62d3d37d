import VCIFormat
import VCIReference
import VCIReferenceTesting

/// How many calls of each kind `FailingCallsTests` lets fail in each class: all that the workloads
/// and the creates make, as each of them fails in a run of its own.
struct FailedCallCounts {
  private var counts: [StorageFault: [FaultyStorage.Call: Int]] = [:]

  /// The classes of calls that fail and say so.
  static let faults = StorageFault.allCases.filter(\.isReported)

  /// Performs everything in each class, and lets no call fail.
  init() throws {
    for workload in FailingWorkload.all {
      let start = try workload.image()
      for fault in Self.faults {
        let run = FailingRun(workload, start, fault)
        _ = try run.perform(failingAt: .max, lasting: false)
        add(run.storage.callsByKind, fault)
      }
    }
    for type in [CacheType.dynamic, .fixed] {
      let plan = try CacheImage.Plan(
        blocks: 4096, type: type, imageUUID: ImageUUID(high: 1, low: 2))
      for fault in Self.faults {
        let storage = FaultyStorage()
        storage.fail(fault, at: .max)
        try CacheImage.create(in: storage, plan)
        add(storage.callsByKind, fault)
      }
    }
  }

  private mutating func add(_ calls: [FaultyStorage.Call: Int], _ fault: StorageFault) {
    counts[fault, default: [:]].merge(calls, uniquingKeysWith: +)
  }

  /// The table of `Specs/FaultClasses.md`.
  var table: [String] {
    let kinds = FaultyStorage.Call.allCases
    var lines = [
      "| class | " + kinds.map(\.rawValue).joined(separator: " | ") + " | all | lost |",
      "|---" + String(repeating: "|--:", count: kinds.count + 1) + "|---|",
    ]
    for fault in Self.faults {
      let cells = kinds.map { counts[fault]?[$0] ?? 0 }
      lines.append(Self.line(fault.rawValue, cells))
    }
    let sums = kinds.map { kind in Self.faults.reduce(0) { $0 + (counts[$1]?[kind] ?? 0) } }
    return lines + [Self.line("all", sums)]
  }

  private static func line(_ name: String, _ cells: [Int]) -> String {
    let numbers = (cells + [cells.reduce(0, +)]).map { $0 == 0 ? "-" : "\($0)" }
    return "| \(name) | " + numbers.joined(separator: " | ") + " | nothing |"
  }
}
