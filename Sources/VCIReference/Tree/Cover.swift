/// The disk blocks from one to before another.
struct Cover: Hashable {
  var start: UInt64
  /// The block after the last.
  var end: UInt64

  /// How many blocks there are.
  var count: UInt64 { end - start }

  /// The blocks from the first of either to the last of either.
  func union(_ other: Cover) -> Cover {
    Cover(start: min(start, other.start), end: max(end, other.end))
  }
}
