internal import PropertyEngine
internal import VCIFormat

/// How many blocks are free in an image that a writer is to change.
package enum StartRoom: CaseIterable, Sendable {
  /// Hardly more than a writer needs, so that no node can be split before something is
  /// evicted.
  case least
  /// Some nodes more.
  case some
  /// Many blocks.
  case much

  /// Draws the number of free blocks of a tree of so many levels: at least those of a copied path,
  /// and one for data.
  func blocks(levels: UInt64, from choices: inout Choices) -> BlockCount {
    let more: UInt64 =
      switch self {
      case .least: 1 + choices.number(upTo: 16)
      case .some: 64 + choices.number(upTo: 512)
      case .much: 4_096
      }
    return BlockCount(levels * Format.nodeBlocks.rawValue + more)
  }
}
