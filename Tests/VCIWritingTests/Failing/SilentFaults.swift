import VCIFormat
import VCIReference
import VCIReferenceTesting

/// What a writer writes.
enum WrittenStructure: String, CaseIterable {
  case header
  case mapHeader = "map's header"
  case bitmap
  case internalNode = "internal node"
  case leaf
  case data

  /// What a write is of, in an image whose map begins at block 2. No workload writes data of the
  /// size of a node.
  init(_ write: FaultyStorage.Write) {
    let block = write.offset / Format.blockSize
    switch (block, write.bytes.count, write.bytes.first) {
    case (0, _, _): self = .header
    case (2, _, _): self = .mapHeader
    case (3, _, _): self = .bitmap
    case (_, Format.nodeSize, NodeType.internal.rawValue): self = .internalNode
    case (_, Format.nodeSize, NodeType.leaf.rawValue): self = .leaf
    default: self = .data
    }
  }
}

/// The outcomes of faults that no call reports, each at each write or flush of some workloads.
struct SilentFaults {
  /// How often each outcome was seen, by fault and by what the write is of.
  private(set) var counts: [StorageFault: [WrittenStructure: [DamageOutcome: Int]]] = [:]

  static let faults = StorageFault.allCases.filter { !$0.isReported }

  static let workloads = FailingWorkload.all.filter { !$0.isTight }

  /// Tries every fault at every call.
  init() throws {
    for workload in Self.workloads {
      let start = try workload.image()
      for fault in Self.faults {
        for number in 0..<10_000 {
          guard try attempt(fault, at: number, workload, start) else { break }
        }
      }
    }
  }

  /// Performs a workload with a fault at one call; returns whether the call was reached.
  private mutating func attempt(
    _ fault: StorageFault, at number: Int, _ workload: FailingWorkload,
    _ start: (bytes: [UInt8], cached: AllowedValues)
  ) throws -> Bool {
    let run = SilentRun(start)
    try run.perform(workload, fault, at: number)
    for (structure, outcome) in run.outcomes {
      counts[fault, default: [:]][structure, default: [:]][outcome, default: 0] += 1
    }
    return run.storage.strikes > 0
  }
}

extension SilentFaults {
  /// The table of `Specs/FaultClasses.md`: the outcomes that were seen, the worst last.
  var table: [String] {
    let names = WrittenStructure.allCases.map(\.rawValue)
    var lines = [
      "| fault | " + names.joined(separator: " | ") + " |",
      "|---" + String(repeating: "|---", count: names.count) + "|",
    ]
    for fault in Self.faults {
      let cells = WrittenStructure.allCases.map { structure in
        let outcomes = counts[fault]?[structure].map { $0.keys.sorted() } ?? []
        return outcomes.isEmpty
          ? "not met" : outcomes.map(\.rawValue).joined(separator: ", ")
      }
      lines.append("| \(fault.rawValue) | " + cells.joined(separator: " | ") + " |")
    }
    return lines
  }
}
