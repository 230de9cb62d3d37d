package import VCIFormat

/// What reads of an image must return, predicted from its tree.
///
/// It holds for an image that an open accepts. If the root is damaged, it is that of an empty
/// cache.
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
  /// The disk blocks below nodes in which a single entry is damaged: ascending, without overlaps.
  private var near: [Range<UInt64>] = []
  /// The first disk block of the range of each followed entry, and the block after its last one.
  package private(set) var borders: [BlockOffset] = []
  /// The end of the cache or of the file's whole blocks, whichever comes first.
  private let end: BlockAddress

  /// Predicts the reads of an image from its model.
  package init(_ model: ImageModel) {
    end = min(BlockAddress(model.header.blocks.rawValue), model.fileEnd)
    let nodes = { (address: BlockAddress) in
      model.node(at: address).map { model.nodes[$0] }?.view()
    }
    guard let root = nodes(model.header.treeRoot), root.damage(atLevel: 1) == nil else { return }
    add(root, [model.header.treeRoot], Self.disk, nodes)
    near = near.union()
  }

  /// Predicts the reads of an image that has no model, from its bytes.
  package init(_ bytes: SparseBytes) {
    let header = bytes.header
    end = min(
      BlockAddress(header.blocks.rawValue), BlockAddress(bytes.size / Format.blockSize))
    guard let root = bytes.node(at: header.treeRoot), root.damage(atLevel: 1) == nil else { return }
    add(root, [header.treeRoot], Self.disk, bytes.node)
    near = near.union()
  }

  /// The blocks of the largest disk.
  private static let disk = 0..<Format.diskEnd.rawValue

  /// Adds what is cached below an undamaged node; `path` are the addresses from the root to it, and
  /// `range` are its disk blocks.
  private mutating func add(
    _ node: ModelNode, _ path: [BlockAddress], _ range: Range<UInt64>,
    _ nodes: (BlockAddress) -> ModelNode?
  ) {
    for extent in node.extents where extent.isUsed {
      let isDamaged = !extent.data.isWithin(Format.firstBlock, end) || extent.flags != 0
      if isDamaged { addNear(range) }
      cached.append(
        Cached(
          offset: extent.offset, blocks: extent.blocks, address: extent.address,
          isDamaged: isDamaged))
    }
    guard path.count < Format.maximumLevels else { return addTooDeep(node) }
    for entry in node.entries where entry.isUsed {
      let isReadable =
        BlockRange(entry.child, Format.nodeBlocks).isWithin(Format.firstBlock, end)
        && !path.contains(entry.child)
      if !isReadable { addNear(range) }
      if isReadable, let child = nodes(entry.child), child.damage(atLevel: path.count + 1) == nil,
        child.isWithin(entry)
      {
        let lower = entry.offset.rawValue
        let upper = lower + entry.blocks.rawValue
        borders += [BlockOffset(lower), BlockOffset(upper)]
        add(child, path + [entry.child], lower..<upper, nodes)
      } else {
        cached.append(
          Cached(offset: entry.offset, blocks: entry.blocks, address: entry.child, isDamaged: true))
      }
    }
  }

  /// VCI-NODE-012: adds the entries of an internal node at level 16, which may overlap and need not
  /// ascend.
  private mutating func addTooDeep(_ node: ModelNode) {
    let ranges = node.entries.filter(\.isUsed).map {
      $0.offset.rawValue..<$0.offset.rawValue + $0.blocks.rawValue
    }
    for range in ranges.union() {
      cached.append(
        Cached(
          offset: BlockOffset(range.lowerBound),
          blocks: BlockCount(range.upperBound - range.lowerBound), address: 0, isDamaged: true))
    }
  }

  /// Adds the blocks of a node in which a single entry is damaged.
  private mutating func addNear(_ range: Range<UInt64>) {
    if near.last != range { near.append(range) }
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

  /// Returns the end of the extent or damaged range that holds `block`.
  ///
  /// - Precondition: one does.
  func endOfRun(at block: BlockOffset) -> BlockOffset {
    let run = cached[cached.partitionPoint { $0.offset > block } - 1]
    return run.offset + run.blocks
  }

  /// Returns whether `block` lies below a node in which a single entry is damaged, and the end of
  /// the blocks of which the same is true.
  ///
  /// - Precondition: `block` is below 2^54.
  func neighbourhood(of block: BlockOffset) -> (isNear: Bool, end: BlockOffset) {
    let index = near.partitionPoint { $0.upperBound > block.rawValue }
    guard index < near.count else { return (false, Format.diskEnd) }
    let isNear = near[index].lowerBound <= block.rawValue
    return (isNear, BlockOffset(isNear ? near[index].upperBound : near[index].lowerBound))
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

  /// An extent, or the range of an entry whose child is damaged.
  package struct Run: Hashable, Sendable {
    /// The first disk block.
    package let offset: BlockOffset
    /// The number of disk blocks.
    package let blocks: BlockCount
    /// Whether its blocks cannot be served.
    package let isDamaged: Bool

    /// The disk block after the last one, at most 2^54.
    package var end: BlockOffset { offset + blocks }
    /// The last disk block.
    package var last: BlockOffset { offset + BlockCount(blocks.rawValue - 1) }
  }

  /// Returns extent or damaged range `index`, in ascending order.
  ///
  /// - Precondition: `index` is below `count`.
  package func run(_ index: Int) -> Run {
    let run = cached[index]
    return Run(offset: run.offset, blocks: run.blocks, isDamaged: run.isDamaged)
  }

  /// The undamaged extents in ascending order: disk blocks, and the first block that stores them.
  package var extents: [(offset: BlockOffset, blocks: BlockCount, address: BlockAddress)] {
    cached.filter { !$0.isDamaged }.map { ($0.offset, $0.blocks, $0.address) }
  }
}
