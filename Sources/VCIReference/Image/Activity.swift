/// Counts of what an image has done since it was opened for writing.
public struct Activity: Hashable, Sendable {
  /// Nodes that were split, because of their count or of the span of an entry.
  public internal(set) var splits: UInt64 = 0
  /// Nodes that were merged with a sibling.
  public internal(set) var merges: UInt64 = 0
  /// All flushes.
  public internal(set) var flushes: UInt64 = 0
  /// Flushes that a write or a discard had to make.
  public internal(set) var selfFlushes: UInt64 = 0
  /// Extents that were evicted, whole or in part.
  public internal(set) var evictions: UInt64 = 0
  /// Blocks that were evicted.
  public internal(set) var evictedBlocks: UInt64 = 0
  /// Blocks that were dropped.
  public internal(set) var droppedBlocks: UInt64 = 0
}
