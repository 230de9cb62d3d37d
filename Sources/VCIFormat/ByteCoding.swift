/// Little-endian numbers in bytes that nobody has judged yet.
extension RawSpan {
  /// The number in the `width` bytes from `offset` on, little endian.
  ///
  /// - Precondition: the bytes lie inside the span.
  @inlinable
  public func number<Number: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: Number.Type = Number.self
  ) -> Number {
    // Every bit pattern is an integer, and the span checks the bounds.
    unsafe Number(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
  }

  /// The offset of the first byte of `range` that is not zero; `nil` where all are.
  ///
  /// - Precondition: the range lies inside the span.
  public func firstNonZero(in range: Range<Int>) -> Int? {
    var offset = range.lowerBound
    while offset &+ 8 <= range.upperBound, number(at: offset, as: UInt64.self) == 0 {
      offset &+= 8
    }
    while offset < range.upperBound {
      if number(at: offset, as: UInt8.self) != 0 { return offset }
      offset &+= 1
    }
    return nil
  }
}

extension MutableRawSpan {
  /// Puts `number` into the bytes from `offset` on, little endian.
  ///
  /// - Precondition: the bytes lie inside the span.
  @inlinable
  public mutating func put<Number: FixedWidthInteger & BitwiseCopyable>(
    _ number: Number, at offset: Int
  ) {
    storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
  }
}
