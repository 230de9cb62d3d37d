extension RandomAccessCollection {
  /// Returns the first index whose element satisfies `predicate`, or `endIndex` if none does.
  ///
  /// This is a binary search: O(log n) calls of `predicate`.
  ///
  /// - Precondition: if an element satisfies `predicate`, so does every element after it.
  @inlinable
  public func partitionPoint<Failure: Error>(
    where predicate: (Element) throws(Failure) -> Bool
  ) throws(Failure) -> Index {
    var start = startIndex
    var length = count
    while length > 0 {
      let half = length / 2
      let middle = index(start, offsetBy: half)
      if try predicate(self[middle]) {
        length = half
      } else {
        start = index(after: middle)
        length -= half + 1
      }
    }
    return start
  }
}
