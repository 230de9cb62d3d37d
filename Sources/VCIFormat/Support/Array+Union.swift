extension [Range<UInt64>] {
  /// Returns the union of the ranges: ascending, without overlaps and empty ones. O(n log n).
  package func union() -> [Range<UInt64>] {
    var joined: [Range<UInt64>] = []
    for range in sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      if let last = joined.last, range.lowerBound <= last.upperBound {
        joined[joined.count - 1] = last.lowerBound..<Swift.max(last.upperBound, range.upperBound)
      } else {
        joined.append(range)
      }
    }
    return joined
  }
}
