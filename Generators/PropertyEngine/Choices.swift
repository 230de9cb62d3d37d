/// A sequence of choices, drawn at random or replayed, from which a case is made.
///
/// Every draw is recorded, so the record alone makes the case again. Replayed, a choice that is
/// out of bounds becomes the largest one allowed, and every draw past the end gives the simplest
/// choice, 0: any prefix of a record, and any record with numbers lowered, makes a case.
public struct Choices: Sendable {
  /// The choices drawn so far.
  public private(set) var record: [UInt64] = []
  private var source: Source

  private enum Source: Sendable {
    case random(RandomSource)
    case replay([UInt64])
  }

  /// Draws from `random`.
  public init(_ random: RandomSource) {
    source = .random(random)
  }

  /// Replays `record`.
  public init(replaying record: [UInt64]) {
    source = .replay(record)
  }

  /// Starts over with `random`, and keeps the record's storage.
  public mutating func restart(with random: RandomSource) {
    record.removeAll(keepingCapacity: true)
    source = .random(random)
  }

  /// A number from 0 to `limit`; the simplest is 0.
  public mutating func number(upTo limit: UInt64) -> UInt64 {
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

  /// A number of `range`; the simplest is its lower bound.
  public mutating func number(in range: ClosedRange<UInt64>) -> UInt64 {
    range.lowerBound + number(upTo: range.upperBound - range.lowerBound)
  }

  /// An index below `count`; the simplest is 0.
  ///
  /// - Precondition: `count` is positive.
  public mutating func index(below count: Int) -> Int {
    precondition(count > 0, "an index below \(count)")
    return Int(number(upTo: UInt64(count - 1)))
  }

  /// Yes, `times` times in `of`; the simplest is no.
  public mutating func chance(_ times: UInt64, in of: UInt64) -> Bool {
    precondition(times <= of && of > 0, "\(times) times in \(of)")
    return number(upTo: of - 1) >= of - times
  }

  /// One of `options`; the simplest is the first.
  ///
  /// - Precondition: there is one.
  public mutating func element<Element>(of options: [Element]) -> Element {
    options[index(below: options.count)]
  }

  /// A number from 0 to `limit` in which small ones are as likely as large ones: first how many
  /// bits, then the bits.
  public mutating func magnitude(upTo limit: UInt64) -> UInt64 {
    let bits = number(upTo: UInt64(64 - limit.leadingZeroBitCount))
    guard bits > 0 else { return 0 }
    let lower = UInt64(1) << (bits - 1)
    return number(in: lower...min(limit, lower | (lower - 1)))
  }
}
