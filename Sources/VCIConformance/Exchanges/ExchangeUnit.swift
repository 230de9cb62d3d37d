internal import VCIFuzzing
internal import VCIGenerators

/// A workload of which the images go from one program to others.
struct ExchangeUnit: Hashable, Sendable {
  /// The index of the writer; of two that take turns, of the first one.
  let writer: Int
  /// The index of the other one that writes; `nil` if one writes and all read.
  let other: Int?
  let seed: UInt64
  let index: UInt64

  /// The name of the test: `exchange/SEED-INDEX` or `turns/SEED-INDEX`.
  var name: String { "\(other == nil ? "exchange" : "turns")/\(seed)-\(index)" }

  /// The steps between two turns, at most.
  private static let stepsOfTurn = 6

  /// Returns the workload for programs of which each has these capabilities: that of the writer,
  /// or one that both can do who take turns.
  ///
  /// - Precondition: the writers are among them.
  func plan(_ programs: [Capabilities]) -> WriterPlan {
    plan(other.map { programs[writer].common(with: programs[$0]) } ?? programs[writer])
  }

  /// Returns the workload for a program with these capabilities.
  ///
  /// The reference does not write in it, and the file may grow.
  func plan(_ capabilities: Capabilities) -> WriterPlan {
    let drawn = WriterPlan(seed: seed, index: index, capabilities)
    let plan = drawn.withoutTurns ?? drawn
    let free = plan.withoutLimit ?? plan
    return other == nil ? free : free.with(Self.turns(free.steps))
  }

  /// Returns the steps with a close after each few of them.
  static func turns(_ steps: [WorkloadStep]) -> [WorkloadStep] {
    var turns: [WorkloadStep] = []
    var count = 0
    for step in steps {
      turns.append(step)
      count = step == .operation(.close) ? 0 : count + 1
      guard count == stepsOfTurn else { continue }
      turns.append(.operation(.close))
      count = 0
    }
    return turns
  }
}

extension ExchangeUnit {
  /// Returns all units of a lane for so many programs: the workloads of each writer, then those of
  /// each two that take turns.
  static func all(of lane: Lane, seed: UInt64, programs: Int) -> [ExchangeUnit] {
    guard programs > 1 else { return [] }
    let writers = (0..<programs).flatMap { writer in
      (0..<lane.exchanges).map {
        ExchangeUnit(writer: writer, other: nil, seed: seed, index: $0)
      }
    }
    return writers
      + pairs(programs).flatMap { first, second in
        (0..<lane.turns).map { ExchangeUnit(writer: first, other: second, seed: seed, index: $0) }
      }
  }

  /// Returns the units that a name chooses; empty if it is none of an exchange.
  static func named(_ name: String, programs: Int) -> [ExchangeUnit] {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, programs > 1 else { return [] }
    let numbers = parts[1].split(separator: "-", omittingEmptySubsequences: false)
    guard numbers.count == 2, let seed = UInt64(numbers[0]), let index = UInt64(numbers[1]),
      "\(seed)-\(index)" == parts[1]
    else { return [] }
    switch parts[0] {
    case "exchange":
      return (0..<programs).map { ExchangeUnit(writer: $0, other: nil, seed: seed, index: index) }
    case "turns":
      return pairs(programs).map {
        ExchangeUnit(writer: $0, other: $1, seed: seed, index: index)
      }
    default: return []
    }
  }

  /// Each two programs, in either order.
  private static func pairs(_ programs: Int) -> [(Int, Int)] {
    (0..<programs).flatMap { first in
      (0..<programs).filter { $0 != first }.map { (first, $0) }
    }
  }
}
