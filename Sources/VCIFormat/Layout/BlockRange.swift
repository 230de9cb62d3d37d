/// A run of blocks of the image file.
///
/// Any two 64-bit numbers make a range. Its end may lie past what 64 bits can count; comparisons
/// treat it as if integers had no bound.
public struct BlockRange: Hashable, Sendable, CustomStringConvertible {
  /// The first block.
  public let first: BlockAddress
  /// The number of blocks.
  public let count: BlockCount

  /// Makes the run of `count` blocks from `first` on.
  @inlinable
  public init(_ first: BlockAddress, _ count: BlockCount) {
    self.first = first
    self.count = count
  }

  /// The block after the last one, or `nil` if 64 bits cannot hold it.
  @inlinable
  public var end: BlockAddress? { first.adding(count) }

  /// Returns whether every block is at `lower` or after it, and before `upper`.
  public func isWithin(_ lower: BlockAddress, _ upper: BlockAddress) -> Bool {
    guard let end else { return false }
    return first >= lower && end <= upper
  }

  /// Returns whether the two ranges have a block in common.
  public func overlaps(_ other: BlockRange) -> Bool {
    guard count > 0, other.count > 0 else { return false }
    return first < other.first ? other.first - first < count : first - other.first < other.count
  }

  /// Returns whether `block` is in the range.
  public func contains(_ block: BlockAddress) -> Bool {
    block >= first && block - first < count
  }

  public var description: String { "\(first)+\(count)" }
}
