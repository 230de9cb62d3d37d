/// What an image that is open for writing has done since it was opened.
public struct Activity: Hashable, Sendable {
  /// Nodes that were split, by count or by span.
  public internal(set) var splits: UInt64 = 0
  /// Nodes that were merged with a sibling.
  public internal(set) var merges: UInt64 = 0
  /// Flushes, of whichever cause.
  public internal(set) var flushes: UInt64 = 0
  /// Flushes that a write or a discard needed to go on.
  public internal(set) var selfFlushes: UInt64 = 0
  /// Extents that were evicted, in whole or trimmed.
  public internal(set) var evictions: UInt64 = 0
  /// Blocks that were evicted.
  public internal(set) var evictedBlocks: UInt64 = 0
  /// Blocks that were dropped.
  public internal(set) var droppedBlocks: UInt64 = 0
}
