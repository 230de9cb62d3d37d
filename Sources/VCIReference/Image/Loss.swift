public import VCIFormat

/// Disk blocks that a cache lost, or could not take in, although no caller discarded them.
public struct Loss: Hashable, Sendable {
  public enum Cause: Sendable {
    /// Their place was needed for blocks that were used more recently.
    case evicted
    /// The root has no slot for them, or there was no room for a node that would index them.
    case dropped
  }

  /// The first disk block.
  public let offset: BlockOffset
  public let count: BlockCount
  public let cause: Cause

  public init(offset: BlockOffset, count: BlockCount, cause: Cause) {
    self.offset = offset
    self.count = count
    self.cause = cause
  }
}
