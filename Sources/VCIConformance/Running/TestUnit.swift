internal import PropertyEngine
internal import VCICorpus
internal import VCIFuzzing

/// Tests that one job makes one after the other.
enum TestUnit: Hashable, Sendable {
  /// The vector with this index in the manifest.
  case vector(Int)
  /// The images of a series of a seed with these indices.
  case images(ImageChoice.Kind, seed: UInt64, Range<UInt64>)
  case contract(ContractTest)
  /// The workload of a seed with this index.
  case workload(seed: UInt64, UInt64)
  /// The workload of a seed with this index, crashed.
  case crash(seed: UInt64, UInt64)
}

extension TestUnit {
  /// The number of images of a unit.
  private static let imagesOfUnit: UInt64 = 64

  /// The number of its tests. Images that are too large for a test are counted.
  var tests: Int {
    switch self {
    case .vector, .contract, .workload, .crash: 1
    case .images(_, _, let indices): indices.count
    }
  }

  /// Returns all units of a lane, in the order of a report.
  static func all(of lane: Lane, seed: UInt64, vectors: Int) -> [TestUnit] {
    let step = max(1, lane.everyVector)
    return stride(from: 0, to: lane.everyVector > 0 ? vectors : 0, by: step).map { .vector($0) }
      + (lane.isOfCrashes ? [] : ContractTest.allCases.map { .contract($0) })
      + images(.valid, seed, lane.valid) + images(.edited, seed, lane.edited)
      + (0..<lane.workloads).map { .workload(seed: seed, $0) }
      + (0..<lane.crashes).map { .crash(seed: seed, $0) }
  }

  private static func images(
    _ kind: ImageChoice.Kind, _ seed: UInt64, _ count: UInt64
  ) -> [TestUnit] {
    stride(from: 0, to: count, by: Int(imagesOfUnit)).map {
      .images(kind, seed: seed, $0..<min(count, $0 + imagesOfUnit))
    }
  }

  /// Returns the units that a name chooses: a vector, an image or a workload as reports name them,
  /// or all vectors of a rule. They are empty if there is none.
  static func named(_ name: String, _ vectors: [Vector]) -> [TestUnit] {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    if let contract = ContractTest.allCases.first(where: { $0.name == name }) {
      return [.contract(contract)]
    }
    guard parts.count == 2 else {
      return vectors.indices.filter { vectors[$0].id == name || vectors[$0].rules.contains(name) }
        .map { .vector($0) }
    }
    let numbers = parts[1].split(separator: "-", omittingEmptySubsequences: false)
    guard numbers.count == 2, let seed = UInt64(numbers[0]), let index = UInt64(numbers[1]),
      index < .max
    else { return [] }
    switch parts[0] {
    case "valid": return [.images(.valid, seed: seed, index..<index + 1)]
    case "edited": return [.images(.edited, seed: seed, index..<index + 1)]
    case "workload": return [.workload(seed: seed, index)]
    case "crash": return [.crash(seed: seed, index)]
    default: return []
    }
  }
}

extension TestUnit {
  /// The name of its test, or of the first and the last one.
  func name(_ vectors: [Vector]) -> String {
    switch self {
    case .vector(let index): return vectors[index].id
    case .contract(let contract): return contract.name
    case .workload(let seed, let index): return "workload/\(seed)-\(index)"
    case .crash(let seed, let index): return "crash/\(seed)-\(index)"
    case .images(let kind, let seed, let indices):
      let first = "\(kind == .valid ? "valid" : "edited")/\(seed)-\(indices.lowerBound)"
      return indices.count == 1 ? first : "\(first) to \(indices.upperBound - 1)"
    }
  }
}

extension TestUnit {
  private var isContract: Bool { if case .contract = self { true } else { false } }

  /// Returns the indices of units in the order in which they are run, which follows from the seed:
  /// contracts first, which are few and of which each asks something of its own, then all others.
  static func order(of units: [TestUnit], seed: UInt64) -> [Int] {
    var order = Array(units.indices)
    var random = RandomSource(seed: seed, index: 0, stream: .order)
    for index in order.indices.reversed() where index > 0 {
      order.swapAt(index, Int(random.next() % UInt64(index + 1)))
    }
    return order.filter { units[$0].isContract } + order.filter { !units[$0].isContract }
  }
}

extension RandomStream {
  /// The order of the tests of a run.
  fileprivate static let order = RandomStream(rawValue: 16)
}
