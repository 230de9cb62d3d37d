internal import Glibc

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

  /// The offset behind the last byte of `range` that is not zero; the range's start where all are.
  ///
  /// - Precondition: the range lies inside the span.
  public func endOfNonZero(in range: Range<Int>) -> Int {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= byteCount, "\(range) of \(byteCount) bytes")
    var end = range.upperBound
    // The loop stays inside the range, so the loads need not check for it.
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

  /// Whether every byte from `start` on is zero.
  ///
  /// - Precondition: the start is not behind the span's end.
  public func isZero(from start: Int) -> Bool {
    precondition(start >= 0 && start <= byteCount, "\(start) of \(byteCount) bytes")
    return unsafe withUnsafeBytes { bytes in
      guard start < bytes.count, let base = bytes.baseAddress else { return true }
      // All are zero where the first is, and each is what the one before it is; both runs of bytes
      // that are compared begin at the start or later, and end at the span's end or before.
      return unsafe bytes[start] == 0
        && memcmp(base + start, base + start + 1, bytes.count - start - 1) == 0
    }
  }

  /// Whether the bytes are those of `other`, as many of them.
  public func isEqual(to other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    return unsafe withUnsafeBytes { left in
      unsafe other.withUnsafeBytes { right in
        // Both have as many bytes as are compared, which was seen above; with none there may be no
        // address.
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

extension MutableRawSpan {
  /// Puts `bytes` at `offset`.
  ///
  /// - Precondition: they fit.
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
