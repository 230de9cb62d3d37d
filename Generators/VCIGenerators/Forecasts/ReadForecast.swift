public import VCIFormat

/// What reads of an image are to answer, told from its tree.
///
/// It holds for an image that an open accepts.
public struct ReadForecast: Sendable {
  /// What a read is to answer.
  public enum Answer: Hashable, Sendable {
    /// The blocks are cached: this many from here on, stored from this block of the file on.
    case hit(upTo: BlockCount, from: BlockAddress)
    /// They are not: this many from here on.
    case miss(upTo: BlockCount)
    /// Damage stands before them, or they lie in the range of a damaged node: an error or a miss,
    /// never data.
    case damaged
  }

  /// An extent, or the range of an entry whose child is damaged.
  private struct Cached {
    var offset: UInt64
    var blocks: UInt64
    var address: BlockAddress
    var isDamaged: Bool
  }

  /// Ascending and apart.
  private var cached: [Cached] = []
  /// The cache's end, and that of the file's whole blocks.
  private let end: BlockAddress

  /// Whether something is damaged, so that other blocks may be missed or refused.
  public private(set) var hasDamage = false

  /// Makes the forecast for an image whose model is known.
  public init(_ model: ImageModel) {
    end = min(BlockAddress(model.header.blocks.rawValue), model.fileEnd)
    let nodes = { (address: BlockAddress) in
      model.node(at: address).map { model.nodes[$0] }?.view()
    }
    guard let root = nodes(model.header.treeRoot) else { return }
    add(root, [model.header.treeRoot], nodes)
  }

  /// Makes the forecast for an image of which only the bytes are known.
  public init(_ bytes: SparseBytes) {
    let header = bytes.header
    end = min(
      BlockAddress(header.blocks.rawValue), BlockAddress(bytes.size / Format.blockSize))
    guard let root = bytes.node(at: header.treeRoot) else { return }
    add(root, [header.treeRoot], bytes.node)
  }

  /// Adds what a node holds that is whole; `path` are the addresses from the root to it.
  private mutating func add(
    _ node: ModelNode, _ path: [BlockAddress], _ nodes: (BlockAddress) -> ModelNode?
  ) {
    for extent in node.extents where extent.slotState == .used {
      append(
        extent.offset.rawValue, extent.blocks.rawValue, extent.address,
        isDamaged: !extent.data.isWithin(Format.firstBlock, end) || extent.flags != 0)
    }
    for entry in node.entries where entry.slotState == .used {
      let place = BlockRange(entry.child, Format.nodeBlocks)
      let isReadable =
        path.count < Format.maximumLevels && place.isWithin(Format.firstBlock, end)
        && !path.contains(entry.child)
      if isReadable, let child = nodes(entry.child), child.isWhole(in: entry) {
        add(child, path + [entry.child], nodes)
      } else {
        append(entry.offset.rawValue, entry.blocks.rawValue, entry.child, isDamaged: true)
      }
    }
  }

  private mutating func append(
    _ offset: UInt64, _ blocks: UInt64, _ address: BlockAddress, isDamaged: Bool
  ) {
    hasDamage = hasDamage || isDamaged
    cached.append(
      Cached(offset: offset, blocks: blocks, address: address, isDamaged: isDamaged))
  }
}

extension ReadForecast {
  /// What a read of `count` blocks from `offset` on is to answer.
  public func answer(at offset: BlockOffset, count: BlockCount) -> Answer {
    let start = offset.rawValue
    var upper = cached.count
    var lower = 0
    while lower < upper {
      let middle = (lower + upper) / 2
      if cached[middle].offset <= start { lower = middle + 1 } else { upper = middle }
    }
    if lower > 0 {
      let extent = cached[lower - 1]
      let step = start - extent.offset
      if step < extent.blocks {
        guard !extent.isDamaged else { return .damaged }
        return .hit(
          upTo: BlockCount(min(count.rawValue, extent.blocks - step)),
          from: BlockAddress(extent.address.rawValue + step))
      }
    }
    let gap = lower < cached.count ? cached[lower].offset - start : .max
    return .miss(upTo: BlockCount(min(count.rawValue, gap)))
  }

  /// Block offsets worth reading at: the edges of extents, and what lies beside them.
  public func edges(of index: Int) -> [BlockOffset] {
    guard !cached.isEmpty else { return [0, 1] }
    let extent = cached[index % cached.count]
    let end = extent.offset &+ extent.blocks
    return [
      extent.offset, end &- 1, end, extent.offset > 0 ? extent.offset - 1 : 0,
      extent.offset &+ extent.blocks / 2,
    ].map { BlockOffset($0) }
  }

  /// How many extents and damaged ranges there are.
  public var count: Int { cached.count }

  /// The extents that are not damaged, ascending: disk blocks, and where they are stored from.
  public var extents: [(offset: BlockOffset, blocks: BlockCount, address: BlockAddress)] {
    cached.filter { !$0.isDamaged }.map {
      (BlockOffset($0.offset), BlockCount($0.blocks), $0.address)
    }
  }
}

extension ModelNode {
  /// Whether a reader may go through the node, come to by `entry` (VCI-RD-004).
  fileprivate func isWhole(in entry: InternalEntry) -> Bool {
    var hasGap = false
    for slot in 0..<slotCount {
      switch state(of: slot) {
      case .half: return false
      case .unused: hasGap = true
      case .used: if hasGap { return false }
      }
    }
    if kind == .internal, !isUsed { return false }
    var end = UInt128(entry.offset.rawValue)
    for range in usedRanges {
      guard range.lower >= end, range.upper <= UInt128(1) << 54 else { return false }
      end = range.upper
    }
    return end <= UInt128(entry.offset.rawValue) + UInt128(entry.blocks.rawValue)
  }
}
