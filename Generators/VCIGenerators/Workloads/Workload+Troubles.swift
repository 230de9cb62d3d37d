package import PropertyEngine

extension Workload {
  /// The number of workloads of which one has troubles.
  private static let troubledOneIn = 8

  /// Returns the workload, or, of one workload in eight, the same with one to three crashes and
  /// calls that fail.
  package func troubled(from random: inout RandomSource) -> Workload {
    guard random.index(below: Self.troubledOneIn) == 0, !operations.isEmpty else { return self }
    var operations = operations
    for _ in 0...random.index(below: 3) {
      let trouble = Self.trouble(from: &random)
      operations.insert(trouble, at: Self.place(of: trouble, in: operations, from: &random))
    }
    return Workload(operations)
  }

  /// Draws the place of a trouble. Half of them strike what makes the image durable, the close at
  /// the end too; of errors of the disk one in four strikes a read.
  private static func place(
    of trouble: CacheOperation, in operations: [CacheOperation],
    from random: inout RandomSource
  ) -> Int {
    var places = Array(0...operations.count)
    switch random.index(below: 4) {
    case 0 where trouble.isOfDisk:
      let reads = operations.indices.filter { operations[$0].isRead }
      if !reads.isEmpty { places = reads }
    case 0, 1: places.removeAll { $0 < operations.count && !operations[$0].settles }
    default: break
    }
    return places[random.index(below: places.count)]
  }

  /// How many calls are numbered, of which one is drawn: a read makes one or two, a flush or close
  /// many.
  private static let mostCalls = [2, 8, 32]

  private static func trouble(from random: inout RandomSource) -> CacheOperation {
    let isCrash = random.index(below: 3) > 0
    let call = UInt32(random.index(below: mostCalls[random.index(below: mostCalls.count)]))
    guard !isCrash else {
      return .crash(call: call, seed: random.index(below: 8) == 0 ? 0 : random.next() >> 32)
    }
    return .fail(
      call: call, CallFailure.allCases[random.index(below: CallFailure.allCases.count)])
  }
}

extension CacheOperation {
  /// Whether a call of any kind may fail, also one that reads.
  fileprivate var isOfDisk: Bool { if case .fail(_, .ioError) = self { true } else { false } }

  fileprivate var isRead: Bool { if case .read = self { true } else { false } }

  /// Whether all that was changed before it returns is durable then.
  package var settles: Bool {
    switch self {
    case .flush, .close, .reopen: true
    case .write, .read, .discard, .crash, .fail: false
    }
  }
}
