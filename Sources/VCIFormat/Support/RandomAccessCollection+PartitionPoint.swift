extension Range<Int> {
  /// Returns the first number that satisfies `predicate`, or `upperBound` if none does.
  ///
  /// This is a binary search: O(log n) calls of `predicate`. It is written for `Int`, since without
  /// optimisation most of its time would go into finding out what the indices are.
  ///
  /// - Precondition: if a number satisfies `predicate`, so does every number after it.
  @inlinable
  public func partitionPoint<Failure: Error>(
    where predicate: (Int) throws(Failure) -> Bool
  ) throws(Failure) -> Int {
    var (start, end) = (lowerBound, upperBound)
    while start < end {
      let middle = start + (end - start) / 2
      if try predicate(middle) { end = middle } else { start = middle + 1 }
    }
    return start
  }
}

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
    let place = try (0..<count).partitionPoint { place throws(Failure) in
      try predicate(self[index(startIndex, offsetBy: place)])
    }
    return index(startIndex, offsetBy: place)
  }
}
