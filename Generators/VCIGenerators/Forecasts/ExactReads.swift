public import VCIFormat

/// What reads of an image answer, to the letter: "Reads" of `Specs/Reference.md`, over bytes that are
/// known.
///
/// It holds for an image that an open accepts, and never remembers anything: each read walks anew.
public struct ExactReads {
  private let bytes: SparseBytes
  private let header: Header
  /// The end of the cache, and that of the file's whole blocks.
  private let cacheEnd: BlockAddress
  private let fileEnd: BlockAddress

  /// Makes the reader of an image that an open accepts.
  public init(_ bytes: SparseBytes) {
    self.bytes = bytes
    header = bytes.header
    cacheEnd = BlockAddress(header.blocks.rawValue)
    fileEnd = BlockAddress(bytes.size / Format.blockSize)
  }

  /// A node to which a walk came, and the addresses from the root to it.
  private struct Visit {
    let node: ModelNode
    let addresses: [BlockAddress]
  }

  /// What a read of `count` blocks from `block` on answers.
  public func answer(at block: BlockOffset, count: BlockCount) -> RecipeRead.Answer {
    guard block < Format.diskEnd,
      let root = bytes.node(at: header.treeRoot)
    else { return .miss(count) }
    var visit = Visit(node: root, addresses: [header.treeRoot])
    while visit.node.kind == .internal {
      guard let entry = visit.node.entries.first(where: { $0.isUsed && $0.holds(block) }) else {
        return .miss(gap(from: block, count))
      }
      switch come(to: entry, from: visit) {
      case .success(let child): visit = child
      case .failure(let refusal): return .refused(refusal.rule)
      }
    }
    guard let extent = visit.node.extents.first(where: { $0.isUsed && $0.holds(block) }) else {
      return .miss(gap(from: block, count))
    }
    if let rule = damage(of: extent) { return .refused(rule) }
    let step = block.rawValue - extent.offset.rawValue
    return .hit(
      BlockCount(min(count.rawValue, extent.blocks.rawValue - step)),
      at: BlockAddress(extent.address.rawValue + step))
  }

  private func damage(of extent: Extent) -> Rule? {
    if !extent.data.isWithin(Format.firstBlock, cacheEnd) { return .extentInRange }
    if !extent.data.isWithin(0, fileEnd) { return .dataInFile }
    return extent.flags == 0 ? nil : .extentFlags
  }
}

extension ExactReads {
  /// A rule for which a node is not passed.
  private struct Refusal: Error {
    let rule: Rule
  }

  /// Comes to the child of an entry, and asks what is asked of both.
  private func come(
    to entry: InternalEntry, from parent: Visit
  ) -> Result<Visit, Refusal> {
    let level = parent.addresses.count
    let place = BlockRange(entry.child, Format.nodeBlocks)
    if level == Format.maximumLevels { return .failure(Refusal(rule: .treeDepth)) }
    if !place.isWithin(Format.firstBlock, cacheEnd) {
      return .failure(Refusal(rule: .childInRange))
    }
    if !place.isWithin(0, fileEnd) { return .failure(Refusal(rule: .dataInFile)) }
    if parent.addresses.contains(entry.child) { return .failure(Refusal(rule: .nodeNamedOnce)) }
    guard let child = bytes.node(at: entry.child) else { return .failure(Refusal(rule: .nodeType)) }
    if let rule = child.damage(atLevel: level + 1) { return .failure(Refusal(rule: rule)) }
    guard child.isWithin(entry) else { return .failure(Refusal(rule: .childWithinEntry)) }
    return .success(Visit(node: child, addresses: parent.addresses + [entry.child]))
  }

  /// How many of `count` blocks from `block` on, which nothing holds, come before the next extent or
  /// the next range of a damaged node.
  private func gap(from block: BlockOffset, _ count: BlockCount) -> BlockCount {
    guard let root = bytes.node(at: header.treeRoot) else { return count }
    let limit = UInt128(block.rawValue) + UInt128(count.rawValue)
    let next = next(
      after: block, before: limit, in: Visit(node: root, addresses: [header.treeRoot]))
    return BlockCount((next ?? limit).lowWord - block.rawValue)
  }

  /// The first disk block behind `block` and before `limit` that an extent holds or that lies in the
  /// range of a damaged node.
  private func next(
    after block: BlockOffset, before limit: UInt128, in visit: Visit
  ) -> UInt128? {
    if let extent = visit.node.extents.first(where: { $0.isUsed && $0.offset > block }) {
      let offset = UInt128(extent.offset.rawValue)
      return offset < limit ? offset : nil
    }
    for entry in visit.node.entries where entry.isUsed {
      let start = UInt128(entry.offset.rawValue)
      guard start + UInt128(entry.blocks.rawValue) > UInt128(block.rawValue) else { continue }
      guard start < limit else { return nil }
      switch come(to: entry, from: visit) {
      case .failure: return max(start, UInt128(block.rawValue))
      case .success(let child):
        if let next = next(after: block, before: limit, in: child) { return next }
      }
    }
    return nil
  }
}

extension ModelNode {
  /// The first rule that the node breaks itself, in the order in which a reader asks.
  fileprivate func damage(atLevel level: Int) -> Rule? {
    let slots = 0..<slotCount
    let gap = slots.first { state(of: $0) == .unused }
    if let gap, usedSlots.contains(where: { $0 > gap }) { return .nodeEntriesFirst }
    if slots.contains(where: { state(of: $0) == .half }) { return .nodeEntriesWhole }
    if kind == .internal, !isUsed { return .internalNodeUsed }
    if kind == .internal, level == Format.maximumLevels { return nil }
    let ranges = usedRanges
    if zip(ranges, ranges.dropFirst()).contains(where: { $1.lower < $0.upper }) {
      return kind == .leaf ? .extentOrder : .entryOrder
    }
    if ranges.contains(where: { $0.upper > UInt128(1) << 54 }) {
      return kind == .leaf ? .extentWithinDisk : .entryWithinDisk
    }
    return nil
  }

  /// Whether all that it holds lies in the range of `entry`.
  fileprivate func isWithin(_ entry: InternalEntry) -> Bool {
    let start = UInt128(entry.offset.rawValue)
    let end = start + UInt128(entry.blocks.rawValue)
    return usedRanges.allSatisfy { start <= $0.lower && $0.upper <= end }
  }
}

extension Extent {
  fileprivate var isUsed: Bool { slotState == .used }
}

extension InternalEntry {
  fileprivate var isUsed: Bool { slotState == .used }

  /// Whether it covers disk block `block`, its end counted without bound.
  fileprivate func holds(_ block: BlockOffset) -> Bool {
    block >= offset && block.rawValue - offset.rawValue < blocks.rawValue
  }
}

extension UInt128 {
  /// Its lower 64 bits.
  fileprivate var lowWord: UInt64 { UInt64(truncatingIfNeeded: self) }
}
