package import VCIFormat

/// An operation on an open image.
package enum CacheOperation: Hashable, Sendable {
  package enum Purpose: String, Hashable, Sendable {
    case reading
    case writing
  }

  /// Caches blocks. Their bytes are a function of block and version.
  case write(BlockOffset, BlockCount, version: UInt32)
  case read(BlockOffset, BlockCount)
  /// Removes blocks from the cache.
  case discard(BlockOffset, BlockCount)
  case flush
  /// Closes the image, and opens it for writing again.
  case close
  /// Closes the image, and opens it for a purpose.
  case reopen(Purpose)
}

extension CacheOperation: CustomStringConvertible {
  /// The operation as a line of a stored case, which `init(parsing:)` parses.
  package var description: String {
    switch self {
    case .write(let offset, let count, let version): "write \(offset)+\(count) = \(version)"
    case .read(let offset, let count): "read \(offset)+\(count)"
    case .discard(let offset, let count): "discard \(offset)+\(count)"
    case .flush: "flush"
    case .close: "close"
    case .reopen(let purpose): "reopen \(purpose)"
    }
  }

  /// Parses an operation in the form of `description`; `nil` for any other text, and if there is no
  /// block or their end needs more than 64 bits.
  package init?(parsing text: some StringProtocol) {
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
