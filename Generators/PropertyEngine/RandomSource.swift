/// Names one of the independent streams of random numbers of a seed.
///
/// Each purpose has its own stream, so more draws for one do not change the numbers of another.
package struct RandomStream: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Generates random numbers that are a function of seed, index and stream alone (SplitMix64).
///
/// Number *n* is a hash of key and *n*, and the key is a hash of seed, index and stream, so any
/// index can be reached without the others. The numbers are the same on every machine, in every
/// build.
package struct RandomSource: RandomNumberGenerator, Sendable {
  @usableFromInline let key: UInt64
  @usableFromInline var counter: UInt64 = 0

  /// The odd number nearest to 2^64 divided by the golden ratio, which spreads consecutive
  /// counters.
  @inlinable static var stride: UInt64 { 0x9e37_79b9_7f4a_7c15 }

  package init(seed: UInt64, index: UInt64, stream: RandomStream) {
    var key = Self.mixed(seed &+ Self.stride)
    key = Self.mixed(key ^ index &* Self.stride)
    self.key = Self.mixed(key &+ stream.rawValue &* 0xd1b5_4a32_d192_ed03)
  }

  // The compiler inlines what is public across modules by itself, but not what is package.
  @inlinable
  package mutating func next() -> UInt64 {
    counter &+= 1
    return Self.mixed(key &+ counter &* Self.stride)
  }

  /// Returns a hash of `value`: a bijection in which each bit of the result depends on all bits.
  @inlinable
  package static func mixed(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
    return bits ^ bits >> 31
  }
}
