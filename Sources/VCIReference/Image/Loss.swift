public import VCIFormat

/// Disk blocks that were asked to be cached, or were, and are not any more, though nobody asked to
/// discard them.
public struct Loss: Hashable, Sendable {
  /// Why they are not cached.
  public enum Cause: Sendable {
    /// Their place was needed for what was used more recently.
    case evicted
    /// They could not be kept: the root cannot index them, or there was no room for the node that
    /// would.
    case dropped
  }

  /// The first disk block.
  public let offset: BlockOffset
  /// How many blocks.
  public let count: BlockCount
  /// Why they are not cached.
  public let cause: Cause

  /// Makes a loss of these values.
  public init(offset: BlockOffset, count: BlockCount, cause: Cause) {
    self.offset = offset
    self.count = count
    self.cause = cause
  }
}
