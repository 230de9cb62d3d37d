internal import VCIChecker

/// What the images of a writer are like, which no verdict depends on.
package struct WriterAdvice: Codable, Hashable, Sendable {
  /// The number of images that were closed, and the most levels of one.
  package private(set) var images: UInt64 = 0
  package private(set) var mostLevels: UInt64 = 0
  /// The sums of the levels, nodes and extents of all of them.
  package private(set) var levels: UInt64 = 0
  package private(set) var nodes: UInt64 = 0
  package private(set) var extents: UInt64 = 0
  /// The blocks that were written, and of those that were reported as lost, the ones that were
  /// evicted and dropped.
  package private(set) var writtenBlocks: UInt64 = 0
  package private(set) var evictedBlocks: UInt64 = 0
  package private(set) var droppedBlocks: UInt64 = 0

  package init() {}

  /// Notes the tree of an image that was closed.
  mutating func note(_ tree: Report.Tree) {
    images += 1
    mostLevels = max(mostLevels, UInt64(tree.depth))
    levels += UInt64(tree.depth)
    nodes += UInt64(tree.internalNodes + tree.leaves)
    extents += UInt64(tree.extents)
  }

  /// Notes an answer to a write. What it says of losses is not compared, so it may be any number.
  mutating func note(written: UInt64, _ losses: [PortAnswer.Loss]) {
    writtenBlocks += written
    for loss in losses {
      if loss.isEviction { evictedBlocks = Self.sum(evictedBlocks, loss.count) }
      if !loss.isEviction { droppedBlocks = Self.sum(droppedBlocks, loss.count) }
    }
  }

  /// Adds what was noted elsewhere.
  mutating func add(_ other: WriterAdvice) {
    images += other.images
    mostLevels = max(mostLevels, other.mostLevels)
    levels += other.levels
    nodes += other.nodes
    extents += other.extents
    writtenBlocks += other.writtenBlocks
    evictedBlocks = Self.sum(evictedBlocks, other.evictedBlocks)
    droppedBlocks = Self.sum(droppedBlocks, other.droppedBlocks)
  }

  /// The largest number that JSON holds for everybody.
  private static let largest: UInt64 = (1 << 53) - 1

  private static func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
    other < largest - one ? one + other : largest
  }
}

extension WriterAdvice: CustomStringConvertible {
  package var description: String {
    guard images > 0 else { return "no image was closed" }
    let nodes = Self.ratio(nodes, max(1, extents))
    return "\(images) images were closed, of \(Self.ratio(levels, images)) levels on average and "
      + "at most \(mostLevels), with \(nodes) nodes for each extent; of \(writtenBlocks) blocks "
      + "that were written, \(evictedBlocks) are said to be evicted and \(droppedBlocks) dropped"
  }

  /// Returns a quotient with two decimals, cut.
  private static func ratio(_ sum: UInt64, _ count: UInt64) -> String {
    let hundredths = sum * 100 / count
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
