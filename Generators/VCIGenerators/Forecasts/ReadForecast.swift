package import VCIFormat

/// What reads of an image must return, predicted from its tree.
///
/// It holds for an image that an open accepts.
package struct ReadForecast: Sendable {
  /// What a read must return.
  package enum Answer: Hashable, Sendable {
    /// This many blocks are cached, and stored in the file from this block on.
    case hit(upTo: BlockCount, from: BlockAddress)
    /// This many blocks are not cached.
    case miss(upTo: BlockCount)
    /// The blocks belong to a damaged extent, or lie in the range of a damaged node: an error or a
    /// miss, never data.
    case damaged
  }

  /// An extent, or the range of an entry whose child is damaged.
  private struct Cached {
    let offset: BlockOffset
    let blocks: BlockCount
    let address: BlockAddress
    let isDamaged: Bool
  }

  /// Ascending, without overlaps.
  private var cached: [Cached] = []
  /// The end of the cache or of the file's whole blocks, whichever comes first.
  private let end: BlockAddress

  /// Predicts the reads of an image from its model.
  package init(_ model: ImageModel) {
    end = min(BlockAddress(model.header.blocks.rawValue), model.fileEnd)
    let nodes = { (address: BlockAddress) in
      model.node(at: address).map { model.nodes[$0] }?.view()
    }
    guard let root = nodes(model.header.treeRoot) else { return }
    add(root, [model.header.treeRoot], nodes)
  }

  /// Predicts the reads of an image that has no model, from its bytes.
  package init(_ bytes: SparseBytes) {
    let header = bytes.header
    end = min(
      BlockAddress(header.blocks.rawValue), BlockAddress(bytes.size / Format.blockSize))
    guard let root = bytes.node(at: header.treeRoot) else { return }
    add(root, [header.treeRoot], bytes.node)
  }

  /// Adds what is cached below an undamaged node; `path` are the addresses from the root to it.
  private mutating func add(
    _ node: ModelNode, _ path: [BlockAddress], _ nodes: (BlockAddress) -> ModelNode?
  ) {
    for extent in node.extents where extent.isUsed {
      cached.append(
        Cached(
          offset: extent.offset, blocks: extent.blocks, address: extent.address,
          isDamaged: !extent.data.isWithin(Format.firstBlock, end) || extent.flags != 0))
    }
    for entry in node.entries where entry.isUsed {
      let isReadable =
        path.count < Format.maximumLevels
        && BlockRange(entry.child, Format.nodeBlocks).isWithin(Format.firstBlock, end)
        && !path.contains(entry.child)
      // The ranges of a node at level 16 are checked like those of any other here.
      if isReadable, let child = nodes(entry.child), child.damage(atLevel: 1) == nil,
        child.isWithin(entry)
      {
        add(child, path + [entry.child], nodes)
      } else {
        cached.append(
          Cached(offset: entry.offset, blocks: entry.blocks, address: entry.child, isDamaged: true))
      }
    }
  }
}

extension ReadForecast {
  /// Returns what a read of `count` blocks from `offset` on must return.
  ///
  /// - Complexity: O(log *n*), where *n* is `count`.
  package func answer(at offset: BlockOffset, count: BlockCount) -> Answer {
    let next = cached.partitionPoint { $0.offset > offset }
    if next > 0 {
      let extent = cached[next - 1]
      let step = offset - extent.offset
      if step < extent.blocks {
        guard !extent.isDamaged else { return .damaged }
        return .hit(upTo: min(count, extent.blocks - step), from: extent.address + step)
      }
    }
    return .miss(upTo: next < cached.count ? min(count, cached[next].offset - offset) : count)
  }

  /// Returns disk blocks worth reading: the edges and the middle of an extent or damaged range, and
  /// the blocks beside it. Any index is valid; it wraps at `count`.
  package func edges(of index: Int) -> [BlockOffset] {
    guard !cached.isEmpty else { return [0, 1] }
    let extent = cached[index % cached.count]
    let (start, count) = (extent.offset.rawValue, extent.blocks.rawValue)
    let end = start &+ count
    return [start, end &- 1, end, start > 0 ? start - 1 : 0, start &+ count / 2]
      .map { BlockOffset($0) }
  }

  /// Whether an extent or a node is damaged, so that a reader may miss or refuse other blocks too.
  package var hasDamage: Bool { cached.contains { $0.isDamaged } }

  /// The number of extents and damaged ranges.
  package var count: Int { cached.count }

  /// The undamaged extents in ascending order: disk blocks, and the first block that stores them.
  package var extents: [(offset: BlockOffset, blocks: BlockCount, address: BlockAddress)] {
    cached.filter { !$0.isDamaged }.map { ($0.offset, $0.blocks, $0.address) }
  }
}
