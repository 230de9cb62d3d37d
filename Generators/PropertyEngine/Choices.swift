/// A sequence of choices, drawn at random or replayed, from which a case is generated.
///
/// Every choice is recorded, and replaying the record generates the same case. A replayed choice
/// that is out of bounds becomes the largest one allowed, and each draw past the end of the record
/// gives the simplest choice, 0. So any list of numbers generates a case.
package struct Choices: Sendable {
  /// The choices drawn so far.
  package private(set) var record: [UInt64] = []
  private var source: Source

  private enum Source: Sendable {
    case random(RandomSource)
    case replay([UInt64])
  }

  /// Draws choices from `random`.
  package init(_ random: RandomSource) {
    source = .random(random)
  }

  /// Replays the choices of `record`.
  package init(replaying record: [UInt64]) {
    source = .replay(record)
  }

  /// Starts over with `random`. The record's storage is reused.
  package mutating func restart(with random: RandomSource) {
    record.removeAll(keepingCapacity: true)
    source = .random(random)
  }

  /// Draws a number from 0 to `limit`. The simplest is 0.
  package mutating func number(upTo limit: UInt64) -> UInt64 {
    let choice: UInt64
    switch source {
    case .random(var random):
      let bits = random.next()
      source = .random(random)
      choice = limit == .max ? bits : bits.multipliedFullWidth(by: limit + 1).high
    case .replay(let replayed):
      choice = record.count < replayed.count ? min(replayed[record.count], limit) : 0
    }
    record.append(choice)
    return choice
  }

  /// Draws a number from `range`. The simplest is its lower bound.
  package mutating func number(in range: ClosedRange<UInt64>) -> UInt64 {
    range.lowerBound + number(upTo: range.upperBound - range.lowerBound)
  }

  /// Draws an index below `count`. The simplest is 0.
  ///
  /// - Precondition: `count` is positive.
  package mutating func index(below count: Int) -> Int {
    precondition(count > 0, "an index below \(count)")
    return Int(number(upTo: UInt64(count - 1)))
  }

  /// Draws `true` with probability `times` / `of`. The simplest is `false`.
  package mutating func chance(_ times: UInt64, in of: UInt64) -> Bool {
    precondition(times <= of && of > 0, "\(times) times in \(of)")
    return number(upTo: of - 1) >= of - times
  }

  /// Draws one of `options`. The simplest is the first.
  ///
  /// - Precondition: `options` is not empty.
  @inlinable
  package mutating func element<Element>(of options: [Element]) -> Element {
    options[index(below: options.count)]
  }

  /// Draws a number from 0 to `limit` whose number of bits is uniformly distributed.
  package mutating func magnitude(upTo limit: UInt64) -> UInt64 {
    let bits = number(upTo: UInt64(64 - limit.leadingZeroBitCount))
    guard bits > 0 else { return 0 }
    let lower = UInt64(1) << (bits - 1)
    return number(in: lower...min(limit, lower | (lower - 1)))
  }
}
