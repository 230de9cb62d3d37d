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
  /// The machine ends during the next operation, while its change number `call` of the file is on
  /// its way to the disk: a write, a flush, or a change of the length, counted from 0. If there are
  /// fewer, it ends when the operation has returned. The seed says what of that which was not
  /// flushed has reached the disk: all of it if it is 0. The image is opened for writing again.
  case crash(call: UInt32, seed: UInt64)
  /// Of the calls of the next operation that can fail in this way, number `call` does, counted from
  /// 0.
  case fail(call: UInt32, CallFailure)
}

extension CacheOperation {
  /// Whether it says what goes wrong in the next operation, and asks nothing of the image itself.
  package var isTrouble: Bool {
    switch self {
    case .crash, .fail: true
    case .write, .read, .discard, .flush, .close, .reopen: false
    }
  }
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
    case .crash(let call, let seed): "crash \(call) \(seed)"
    case .fail(let call, let failure): "fail \(call) \(failure.rawValue)"
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
    case ("crash", 3):
      guard let call = UInt32(words[1]), let seed = UInt64(words[2]) else { return nil }
      self = .crash(call: call, seed: seed)
    case ("fail", 3):
      guard let call = UInt32(words[1]), let failure = CallFailure(rawValue: words[2]) else {
        return nil
      }
      self = .fail(call: call, failure)
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
