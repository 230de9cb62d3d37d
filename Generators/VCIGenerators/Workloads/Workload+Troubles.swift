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
      let place = Self.place(in: operations, from: &random)
      operations.insert(Self.trouble(from: &random), at: place)
    }
    return Workload(operations)
  }

  /// Draws the place of a trouble. Half of them strike what makes the image durable, the close at
  /// the end too.
  private static func place(
    in operations: [CacheOperation], from random: inout RandomSource
  ) -> Int {
    guard random.next() % 2 == 0 else { return random.index(below: operations.count + 1) }
    let places = operations.indices.filter { operations[$0].settles } + [operations.count]
    return places[random.index(below: places.count)]
  }

  private static func trouble(from random: inout RandomSource) -> CacheOperation {
    let isCrash = random.index(below: 3) > 0
    let call = UInt32(random.index(below: random.next() % 2 == 0 ? 8 : 32))
    guard !isCrash else {
      return .crash(call: call, seed: random.index(below: 8) == 0 ? 0 : random.next() >> 32)
    }
    return .fail(
      call: call, CallFailure.allCases[random.index(below: CallFailure.allCases.count)])
  }
}

extension CacheOperation {
  /// Whether all that was changed before it returns is durable then.
  package var settles: Bool {
    switch self {
    case .flush, .close, .reopen: true
    case .write, .read, .discard, .crash, .fail: false
    }
  }
}
