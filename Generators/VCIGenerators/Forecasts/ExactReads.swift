package import VCIFormat

/// Predicts exactly what the reference returns for a read: each number of blocks, and the rule for
/// which it refuses ("Reads" in `Specs/Reference.md`).
///
/// It works on the image's bytes, holds for an image that an open accepts, and caches nothing:
/// each read walks the tree from the root.
package struct ExactReads {
  private let bytes: SparseBytes
  private let header: Header
  private let cacheEnd: BlockAddress
  /// The end of the file's whole blocks.
  private let fileEnd: BlockAddress

  package init(_ bytes: SparseBytes) {
    self.bytes = bytes
    header = bytes.header
    cacheEnd = BlockAddress(header.blocks.rawValue)
    fileEnd = BlockAddress(bytes.size / Format.blockSize)
  }

  /// A node on a walk, and the addresses from the root to it.
  private struct Visit {
    let node: ModelNode
    let addresses: [BlockAddress]
  }

  /// Returns what a read of `count` blocks from `block` on returns.
  package func answer(at block: BlockOffset, count: BlockCount) -> RecipeRead.Answer {
    guard block < Format.diskEnd,
      let root = bytes.node(at: header.treeRoot)
    else { return .miss(count) }
    var visit = Visit(node: root, addresses: [header.treeRoot])
    while visit.node.kind == .internal {
      guard let entry = visit.node.entries.first(where: { $0.isUsed && $0.holds(block) }) else {
        return .miss(gap(from: block, count))
      }
      switch child(of: entry, from: visit) {
      case .success(let child): visit = child
      case .failure(let refusal): return .refused(refusal.rule)
      }
    }
    guard let extent = visit.node.extents.first(where: { $0.isUsed && $0.holds(block) }) else {
      return .miss(gap(from: block, count))
    }
    if let rule = damage(of: extent) { return .refused(rule) }
    let step = block - extent.offset
    return .hit(min(count, extent.blocks - step), at: extent.address + step)
  }

  /// VCI-EXT-003, VCI-FILE-006, VCI-EXT-007: the first rule for which the extent is refused.
  private func damage(of extent: Extent) -> Rule? {
    if !extent.data.isWithin(Format.firstBlock, cacheEnd) { return .extentInRange }
    if !extent.data.isWithin(0, fileEnd) { return .dataInFile }
    return extent.flags == 0 ? nil : .extentFlags
  }
}

extension ExactReads {
  /// The rule for which a reader does not go through a node.
  private struct Refusal: Error {
    let rule: Rule
  }

  /// VCI-NODE-012, VCI-NODE-002, VCI-FILE-006, VCI-NODE-004, VCI-NODE-001, those of
  /// `ModelNode.damage(atLevel:)`, VCI-INT-003: follows an entry to its child, or returns the first
  /// of these rules that is broken.
  private func child(
    of entry: InternalEntry, from parent: Visit
  ) -> Result<Visit, Refusal> {
    let level = parent.addresses.count
    let range = BlockRange(entry.child, Format.nodeBlocks)
    if level == Format.maximumLevels { return .failure(Refusal(rule: .treeDepth)) }
    if !range.isWithin(Format.firstBlock, cacheEnd) {
      return .failure(Refusal(rule: .childInRange))
    }
    if !range.isWithin(0, fileEnd) { return .failure(Refusal(rule: .dataInFile)) }
    if parent.addresses.contains(entry.child) { return .failure(Refusal(rule: .nodeNamedOnce)) }
    guard let child = bytes.node(at: entry.child) else { return .failure(Refusal(rule: .nodeType)) }
    if let rule = child.damage(atLevel: level + 1) { return .failure(Refusal(rule: rule)) }
    guard child.isWithin(entry) else { return .failure(Refusal(rule: .childWithinEntry)) }
    return .success(Visit(node: child, addresses: parent.addresses + [entry.child]))
  }

  /// Returns how many of `count` uncached blocks from `block` on come before the next extent or the
  /// next range of a damaged node.
  private func gap(from block: BlockOffset, _ count: BlockCount) -> BlockCount {
    guard let root = bytes.node(at: header.treeRoot) else { return count }
    let limit = UInt128(block.rawValue) + UInt128(count.rawValue)
    let next = next(
      after: block, before: limit, in: Visit(node: root, addresses: [header.treeRoot]))
    return BlockCount(UInt64(truncatingIfNeeded: next ?? limit) - block.rawValue)
  }

  /// Returns the first disk block after `block` and before `limit` that belongs to an extent or to
  /// the range of a damaged node.
  private func next(
    after block: BlockOffset, before limit: UInt128, in visit: Visit
  ) -> UInt128? {
    if let extent = visit.node.extents.first(where: { $0.isUsed && $0.offset > block }) {
      let offset = UInt128(extent.offset.rawValue)
      return offset < limit ? offset : nil
    }
    var entries = visit.node.entries.filter(\.isUsed)
    // There they need not ascend.
    if visit.addresses.count == Format.maximumLevels { entries.sort { $0.offset < $1.offset } }
    for entry in entries {
      let start = UInt128(entry.offset.rawValue)
      guard start + UInt128(entry.blocks.rawValue) > UInt128(block.rawValue) else { continue }
      guard start < limit else { return nil }
      switch child(of: entry, from: visit) {
      case .failure: return max(start, UInt128(block.rawValue))
      case .success(let child):
        if let next = next(after: block, before: limit, in: child) { return next }
      }
    }
    return nil
  }
}

extension ModelNode {
  /// VCI-NODE-006, VCI-NODE-007, VCI-NODE-009, VCI-EXT-001, VCI-INT-001, VCI-EXT-002, VCI-INT-002:
  /// the first of these rules that the node breaks, in the order of VCI-RD-004; `nil` if a reader
  /// may go through it.
  ///
  /// The ranges of an internal node at level 16 are not checked. `absent` is taken to be no
  /// rule.
  func damage(atLevel level: Int, without absent: Rule? = nil) -> Rule? {
    var hasGap = false
    var hasHalf = false
    for slot in 0..<slotCount {
      switch state(of: slot) {
      case .unused: hasGap = true
      case .half: hasHalf = true
      case .used: if hasGap, absent != .nodeEntriesFirst { return .nodeEntriesFirst }
      }
    }
    if hasHalf, absent != .nodeEntriesWhole { return .nodeEntriesWhole }
    if kind == .internal, !isUsed, absent != .internalNodeUsed { return .internalNodeUsed }
    if kind == .internal, level == Format.maximumLevels { return nil }
    let order: Rule = kind == .leaf ? .extentOrder : .entryOrder
    let limit: Rule = kind == .leaf ? .extentWithinDisk : .entryWithinDisk
    var end: UInt128 = 0
    var isWithinDisk = true
    for range in usedRanges {
      if range.lower < end, absent != order { return order }
      end = range.upper
      if end > UInt128(1) << 54 { isWithinDisk = false }
    }
    return isWithinDisk || absent == limit ? nil : limit
  }
}

extension InternalEntry {
  /// Whether the entry covers disk block `block`. Its end may lie past 2^64.
  fileprivate func holds(_ block: BlockOffset) -> Bool {
    block >= offset && block - offset < blocks
  }
}
