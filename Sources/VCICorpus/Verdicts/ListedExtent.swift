public import VCIFormat

/// An extent of an image, as verdicts have it (`Specs/Verdicts.md`).
public struct ListedExtent: Codable, Hashable, Sendable {
  /// The first disk block.
  public let block: Digits
  /// The number of blocks.
  public let count: Digits
  /// The first file block.
  public let address: Digits

  /// Makes the extent of these blocks.
  public init(_ offset: BlockOffset, _ blocks: BlockCount, at address: BlockAddress) {
    block = Digits(offset.rawValue)
    count = Digits(blocks.rawValue)
    self.address = Digits(address.rawValue)
  }
}
