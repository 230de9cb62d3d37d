public import VCIFormat

/// What is asked of an image that is open.
public enum CacheOperation: Hashable, Sendable {
  /// What an image is opened for again.
  public enum Purpose: String, Hashable, Sendable {
    /// To be read.
    case reading
    /// To be written too.
    case writing
  }

  /// To cache blocks; their bytes are a function of block and version.
  case write(BlockOffset, BlockCount, version: UInt32)
  /// To read blocks.
  case read(BlockOffset, BlockCount)
  /// To forget blocks.
  case discard(BlockOffset, BlockCount)
  /// To make durable what was written.
  case flush
  /// To close the image; it is opened for writing again.
  case close
  /// To open it for something else.
  case reopen(Purpose)
}

extension CacheOperation: CustomStringConvertible {
  /// The operation as a line of a case: what `init(parsing:)` reads back.
  public var description: String {
    switch self {
    case .write(let offset, let count, let version): "write \(offset)+\(count) = \(version)"
    case .read(let offset, let count): "read \(offset)+\(count)"
    case .discard(let offset, let count): "discard \(offset)+\(count)"
    case .flush: "flush"
    case .close: "close"
    case .reopen(let purpose): "reopen \(purpose)"
    }
  }

  /// Reads an operation as `description` writes it; `nil` for any other text, and for no block at
  /// all or more than 64 bits can count.
  public init?(parsing text: some StringProtocol) {
    let words = text.split(separator: " ").map { String($0) }
    switch (words.first, words.count) {
    case ("flush", 1): self = .flush
    case ("close", 1): self = .close
    case ("reopen", 2):
      guard let purpose = Purpose(rawValue: words[1]) else { return nil }
      self = .reopen(purpose)
    case ("write", 4):
      guard let blocks = Self.blocks(words[1]), words[2] == "=", let version = UInt32(words[3])
      else { return nil }
      self = .write(blocks.offset, blocks.count, version: version)
    case ("read", 2):
      guard let blocks = Self.blocks(words[1]) else { return nil }
      self = .read(blocks.offset, blocks.count)
    case ("discard", 2):
      guard let blocks = Self.blocks(words[1]) else { return nil }
      self = .discard(blocks.offset, blocks.count)
    default: return nil
    }
  }

  private static func blocks(_ word: String) -> (offset: BlockOffset, count: BlockCount)? {
    let parts = word.split(separator: "+", omittingEmptySubsequences: false)
    guard parts.count == 2, let offset = UInt64(parts[0]), let count = UInt64(parts[1]),
      count > 0, !offset.addingReportingOverflow(count).overflow
    else { return nil }
    return (BlockOffset(offset), BlockCount(count))
  }
}
