internal import VCIFormat

/// The blocks that are owned as bits, for caches that are small or well filled.
///
/// It tells at low cost that all is in order; where it is not, the claims tell what is wrong.
struct OwnedBits {
  /// Bytes that a cache of any filling may cost.
  private static let freeBytes = 128 * 1024
  /// Bytes that each claim may cost beyond.
  private static let bytesPerClaim = 8

  private var words: [UInt64] = []
  private var limit: UInt64 = 0

  /// Begins with a cache of `blocks` blocks of which none is owned; answers no where bits would
  /// take too much for so many claims.
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

  /// Forgets all, and all memory but a little.
  mutating func removeAll() {
    if words.count * 8 > Self.freeBytes { words = [] }
  }

  /// Marks `count` blocks from `first` on; answers no where one was marked before.
  ///
  /// - Precondition: they lie inside the cache.
  mutating func claim(_ first: UInt64, _ count: UInt64) -> Bool {
    var index = Int(first / 64)
    let start = first % 64
    if start + count <= 64 {
      let mask: UInt64 = (count == 64 ? .max : (1 << count) - 1) << start
      guard words[index] & mask == 0 else { return false }
      words[index] |= mask
      return true
    }
    var rest = count
    var mask = UInt64.max << start
    var covered = 64 - start
    while rest > 0 {
      if rest < covered { mask = ((1 << rest) - 1) << (64 - covered) }
      guard words[index] & mask == 0 else { return false }
      words[index] |= mask
      rest -= min(rest, covered)
      mask = .max
      covered = 64
      index += 1
    }
    return true
  }

  /// Whether the bits of `bytes`, the first of them that of block `first`, are those of the blocks
  /// that are owned; bits past the cache's end are left out.
  func agree(with bytes: RawSpan, from first: UInt64) -> Bool {
    var index = Int(first / 64)
    var offset = 0
    let whole = Int(limit / 64)
    while offset + 8 <= bytes.byteCount, index < whole {
      guard bytes.number(at: offset) == words[index] else { return false }
      offset += 8
      index += 1
    }
    guard offset + 8 <= bytes.byteCount, index == whole, index < words.count else { return true }
    let kept: UInt64 = (1 << (limit % 64)) - 1
    return bytes.number(at: offset) & kept == words[index]
  }

  /// Whether none of the blocks of `range` is owned; its ends are multiples of 64, or the last.
  func areFree(_ range: Range<UInt64>) -> Bool {
    let lower = min(Int(range.lowerBound / 64), words.count)
    let upper = min(Int((range.upperBound + 63) / 64), words.count)
    return words[lower..<upper].allSatisfy { $0 == 0 }
  }
}
