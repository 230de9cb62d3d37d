/// A run of blocks of the disk that are cached.
public struct CachedBlocks: Hashable, Sendable {
  public var block: UInt64
  public var count: UInt64

  public init(block: UInt64, count: UInt64) {
    self.block = block
    self.count = count
  }
}
