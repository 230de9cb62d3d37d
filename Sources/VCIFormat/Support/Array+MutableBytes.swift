extension [UInt8] {
  /// Calls `body` with the bytes, to be changed in place.
  @inlinable
  public mutating func withMutableBytes<Result, Failure: Error>(
    _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withMutableBytes(in: 0..<count, body)
  }

  /// Calls `body` with the bytes of `range`, to be changed in place.
  ///
  /// - Precondition: the range lies inside the array.
  @inlinable
  public mutating func withMutableBytes<Result, Failure: Error>(
    in range: Range<Int>, _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = mutableSpan
    // Every bit pattern is a byte.
    var whole = unsafe span.mutableBytes
    var part = whole._mutatingExtracting(range)
    return try body(&part)
  }
}
