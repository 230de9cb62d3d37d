internal import VCIFormat

/// A bitmap of the blocks that are owned, for caches that are small or well filled.
///
/// Fast path: it says at low cost that the stored bitmap is right. If it is not, `BitSweep` finds
/// what is wrong.
struct OwnedBits {
  /// Bytes that a bitmap may always take.
  private static let freeBytes = 128 * 1024
  /// Bytes that it may take for each claim beyond that.
  private static let bytesPerClaim = 8

  /// 64 blocks each, as the file has them: little endian.
  private var words: [UInt64] = []
  private var limit: UInt64 = 0

  /// Begins with a cache of `blocks` blocks of which none is owned.
  ///
  /// Returns false if the bits would take too much memory for so many claims.
  mutating func begin(_ blocks: UInt64, claims: Int) -> Bool {
    let most = UInt64(Self.freeBytes) + UInt64(claims) * UInt64(Self.bytesPerClaim)
    guard blocks / 8 <= most else { return false }
    let count = Int((blocks + 63) / 64)
    limit = blocks
    if words.count == count {
      for index in words.indices { words[index] = 0 }
    } else {
      words = []
      words = [UInt64](repeating: 0, count: count)
    }
    return true
  }

  /// Frees all memory but a little.
  mutating func removeAll() {
    if words.count * 8 > Self.freeBytes { words = [] }
  }

  /// Marks the blocks of `claims`, and returns their number; `nil` if one was marked before.
  ///
  /// - Precondition: they lie inside the cache.
  mutating func claim(_ claims: [Claim]) -> UInt64? {
    var total: UInt64 = 0
    var span = words.mutableSpan
    for claim in claims {
      let (first, count) = (claim.first, UInt64(claim.count))
      let (index, start) = (Int(truncatingIfNeeded: first >> 6), first & 63)
      total += count
      if start + count <= 64 {
        let mask = ((UInt64.max >> (64 - count)) << start).littleEndian
        guard span[index] & mask == 0 else { return nil }
        span[index] |= mask
      } else if !Self.mark(first..<first + count, in: &span) {
        return nil
      }
    }
    return total
  }

  /// Marks the blocks of `range`; returns false if one was marked before.
  ///
  /// - Precondition: they lie inside the cache.
  mutating func claim(_ range: BlockRange) -> Bool {
    var span = words.mutableSpan
    let first = range.first.rawValue
    return Self.mark(first..<first + range.count.rawValue, in: &span)
  }

  /// Sets bits; returns false at the first that was set before.
  private static func mark(_ blocks: Range<UInt64>, in words: inout MutableSpan<UInt64>) -> Bool {
    var position = blocks.lowerBound
    while position < blocks.upperBound {
      let end = min(blocks.upperBound, (position | 63) + 1)
      let mask = ((UInt64.max >> (64 - (end - position))) << (position & 63)).littleEndian
      let index = Int(position >> 6)
      guard words[index] & mask == 0 else { return false }
      words[index] |= mask
      position = end
    }
    return true
  }

  /// Returns whether the bits of `bytes` say which blocks from `first` on are owned. Bits past the
  /// cache's end are not compared.
  func agree(with bytes: RawSpan, from first: UInt64) -> Bool {
    let whole = Int(limit / 64)
    let index = Int(first / 64)
    let count = max(0, min(bytes.byteCount / 8, whole - index))
    let owned = unsafe words.span.bytes
    if count > 0 {
      let mine = owned.extracting(index * 8..<(index + count) * 8)
      guard mine.isEqual(to: bytes.extracting(0..<count * 8)) else { return false }
    }
    guard count * 8 + 8 <= bytes.byteCount, index + count == whole, whole < words.count else {
      return true
    }
    let kept: UInt64 = (1 << (limit % 64)) - 1
    return bytes.number(at: count * 8) & kept == owned.number(at: whole * 8, as: UInt64.self)
  }

  /// Returns whether none of the blocks of `range` is owned.
  ///
  /// - Precondition: its ends are multiples of 64, or the cache's end.
  func areFree(_ range: Range<UInt64>) -> Bool {
    let lower = min(Int(range.lowerBound / 64), words.count)
    let upper = min(Int((range.upperBound + 63) / 64), words.count)
    return words[lower..<upper].allSatisfy { $0 == 0 }
  }
}
