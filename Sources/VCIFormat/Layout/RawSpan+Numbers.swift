internal import Glibc

/// Little-endian numbers in unchecked bytes.
extension RawSpan {
  /// Returns the little-endian number at `offset`.
  ///
  /// - Precondition: the bytes lie inside the span.
  @inlinable
  public func number<Number: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: Number.Type = Number.self
  ) -> Number {
    // Every bit pattern is an integer, and the span checks the bounds.
    unsafe Number(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
  }

  /// Returns the offset of the first byte of `range` that is not zero, or `nil` if all are.
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

  /// Returns the offset after the last byte of `range` that is not zero, or the range's start if
  /// all are.
  ///
  /// - Precondition: the range lies inside the span.
  public func endOfNonZero(in range: Range<Int>) -> Int {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= byteCount, "\(range) of \(byteCount) bytes")
    var end = range.upperBound
    // The loop stays inside the range, so the loads need no bounds checks.
    while end &- 64 >= range.lowerBound {
      let first = unsafe pair(atUnchecked: end &- 16) | pair(atUnchecked: end &- 32)
      let second = unsafe pair(atUnchecked: end &- 48) | pair(atUnchecked: end &- 64)
      let words = first | second
      guard words[0] | words[1] == 0 else { break }
      end &-= 64
    }
    while end > range.lowerBound, number(at: end &- 1, as: UInt8.self) == 0 { end &-= 1 }
    return end
  }

  /// Returns whether every byte from `start` on is zero.
  ///
  /// - Precondition: the start is not after the span's end.
  public func isZero(from start: Int) -> Bool {
    precondition(start >= 0 && start <= byteCount, "\(start) of \(byteCount) bytes")
    return unsafe withUnsafeBytes { bytes in
      guard start < bytes.count, let base = bytes.baseAddress else { return true }
      // All bytes are zero if the first one is and each equals the one before it. Both compared
      // runs lie between `start` and the span's end.
      return unsafe bytes[start] == 0
        && memcmp(base + start, base + start + 1, bytes.count - start - 1) == 0
    }
  }

  /// Returns whether the two spans have the same bytes.
  public func isEqual(to other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    return unsafe withUnsafeBytes { left in
      unsafe other.withUnsafeBytes { right in
        // Both have `left.count` bytes. An empty span may have no address.
        guard let first = left.baseAddress, let second = right.baseAddress else { return true }
        return unsafe memcmp(first, second, left.count) == 0
      }
    }
  }

  @unsafe
  private func pair(atUnchecked offset: Int) -> SIMD2<UInt64> {
    unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD2<UInt64>.self)
  }
}

extension MutableRawSpan {
  /// Stores `number` at `offset`, little endian.
  ///
  /// - Precondition: the bytes lie inside the span.
  @inlinable
  public mutating func put<Number: FixedWidthInteger & BitwiseCopyable>(
    _ number: Number, at offset: Int
  ) {
    storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
  }

  /// Copies `bytes` to `offset`.
  ///
  /// - Precondition: the bytes fit.
  public mutating func copy(_ bytes: RawSpan, to offset: Int) {
    precondition(
      offset >= 0 && offset <= byteCount && bytes.byteCount <= byteCount - offset,
      "\(bytes.byteCount) bytes at \(offset) of \(byteCount)")
    // Both ends were checked above.
    unsafe bytes.withUnsafeBytes { source in
      unsafe withUnsafeMutableBytes { target in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[offset...])
          .copyMemory(from: source)
      }
    }
  }

  /// Makes the bytes of `range` zero.
  ///
  /// - Precondition: the range lies inside the span.
  public mutating func zero(_ range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= byteCount, "\(range) of \(byteCount) bytes")
    // The range was checked above.
    unsafe withUnsafeMutableBytes { target in
      _ = unsafe UnsafeMutableRawBufferPointer(rebasing: target[range])
        .initializeMemory(as: UInt8.self, repeating: 0)
    }
  }
}
