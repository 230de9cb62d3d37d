/// A purpose for which random numbers are drawn, so that more draws for one purpose do not move
/// those for another.
public struct Lane: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A stream of random numbers that is a function of seed, index and lane alone.
///
/// Number *n* of a stream is a hash of its key and *n*, so stream *i* is there without those
/// before it. The numbers are the same on every machine, in every build.
public struct RandomSource: RandomNumberGenerator, Sendable {
  private let key: UInt64
  private var counter: UInt64 = 0

  /// The odd number nearest to 2^64 divided by the golden ratio, which spreads counters.
  private static let stride: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// Makes the stream of `lane` for item `index` of `seed`.
  public init(seed: UInt64, index: UInt64, lane: Lane) {
    var key = Self.mixed(seed &+ Self.stride)
    key = Self.mixed(key ^ index &* Self.stride)
    self.key = Self.mixed(key &+ lane.rawValue &* 0xd1b5_4a32_d192_ed03)
  }

  public mutating func next() -> UInt64 {
    counter &+= 1
    return Self.mixed(key &+ counter &* Self.stride)
  }

  /// Mixes all bits of `value` into all bits of the answer, one to one.
  public static func mixed(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
    return bits ^ bits >> 31
  }
}
