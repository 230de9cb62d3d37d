/// What a program gets wrong in a comparison.
package enum Slip: Hashable, Sendable {
  /// It does not compare.
  case dropped
  /// It accepts the first number that is wrong.
  case lax
  /// It refuses the last number that is right.
  case strict
  /// It takes numbers of this many bits for signed ones.
  case signed(Int)
  /// Its sums wrap at 2 to this power.
  case wraps(Int)
  /// It compares blocks with a limit in bytes.
  case limitInBytes
  /// It compares bytes with a limit in blocks.
  case limitInBlocks
  /// It rounds the limit up to a multiple of this number.
  case roundsUp(UInt64)
  /// It rounds the limit down to a multiple of this number.
  case roundsDown(UInt64)
  /// It compares this many low bits.
  case lowBits(Int)
  /// It accepts any number from the right one on.
  case orMore
  /// It accepts any number up to the right one.
  case orLess

  /// The slips that a comparison can have.
  package static func all(of comparison: Comparison) -> [Slip] {
    var all: [Slip] = [.dropped]
    let width = comparison.width
    switch comparison.relation {
    case .equal:
      all += [8, 16, 24, 31, 32, 53, 63].filter { $0 < width ?? 0 }.map { .lowBits($0) }
      all += comparison == .flags ? [] : [.orMore, .orLess]
      if comparison == .mapSum { all += sums }
    case .atMost: all += [.lax, .strict] + (width.map { [.signed($0)] } ?? [])
    case .sumAtMost: all += [.lax, .strict] + (width.map { [.signed($0)] + sums } ?? [])
    }
    if comparison.hasLimitInBlocks {
      all += [.limitInBytes, .limitInBlocks]
      all += [.roundsUp(8), .roundsUp(4096), .roundsDown(8), .roundsDown(4096)]
    }
    return all
  }

  private static let sums: [Slip] = [.wraps(32), .wraps(63), .wraps(64)]

  /// Whether the slip concerns the numbers that are compared, not one comparison of them.
  var isArithmetic: Bool {
    switch self {
    case .signed, .wraps: true
    case .dropped, .lax, .strict, .limitInBytes, .limitInBlocks, .roundsUp, .roundsDown, .lowBits,
      .orMore, .orLess:
      false
    }
  }

  /// Returns whether a program with this slip takes `left` to be at most `right`.
  func takesAtMost(_ left: UInt128, _ right: UInt128) -> Bool {
    switch self {
    case .dropped: true
    case .lax: left <= right + 1
    case .strict: left < right
    case .signed(let bits): Self.signed(left, bits) <= Self.signed(right, bits)
    case .wraps(let bits): left & Self.mask(bits) <= right
    case .limitInBytes: left <= right * 512
    case .limitInBlocks: left <= right / 512
    case .roundsUp(let unit): left <= (right + UInt128(unit) - 1) / UInt128(unit) * UInt128(unit)
    case .roundsDown(let unit): left <= right / UInt128(unit) * UInt128(unit)
    case .lowBits, .orMore, .orLess: left <= right
    }
  }

  /// Returns whether a program with this slip takes `left` for `right`.
  func takesEqual(_ left: UInt128, _ right: UInt128) -> Bool {
    switch self {
    case .dropped: true
    case .lowBits(let bits): left & Self.mask(bits) == right & Self.mask(bits)
    case .wraps(let bits): left & Self.mask(bits) == right
    case .orMore: left >= right
    case .orLess: left <= right
    case .lax, .strict, .signed, .limitInBytes, .limitInBlocks, .roundsUp, .roundsDown:
      left == right
    }
  }

  private static func mask(_ bits: Int) -> UInt128 { (1 << UInt128(bits)) - 1 }

  private static func signed(_ number: UInt128, _ bits: Int) -> Int128 {
    let kept = Int128(number & mask(bits))
    return kept >> Int128(bits - 1) == 0 ? kept : kept - 1 << Int128(bits)
  }
}

extension Slip: CustomStringConvertible {
  package var description: String {
    switch self {
    case .dropped: "dropped"
    case .lax: "one too much"
    case .strict: "one too few"
    case .signed(let bits): "signed numbers of \(bits) bits"
    case .wraps(let bits): "sum wraps at 2^\(bits)"
    case .limitInBytes: "limit in bytes"
    case .limitInBlocks: "limit in blocks for bytes"
    case .roundsUp(let unit): "limit rounded up to \(unit)"
    case .roundsDown(let unit): "limit rounded down to \(unit)"
    case .lowBits(let bits): "low \(bits) bits only"
    case .orMore: "or more"
    case .orLess: "or less"
    }
  }
}
