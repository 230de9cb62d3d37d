package import VCIFormat

extension MistakenReader {
  /// What a read returns.
  package enum Answer: Hashable, Sendable {
    /// Blocks that are stored in the file from an address on.
    case hit(BlockCount, at: BlockAddress)
    /// Blocks that are not cached.
    case miss(BlockCount)
    /// Damage in the way.
    case refused
  }

  /// Returns what a read of `count` blocks from `block` on returns first.
  ///
  /// - Precondition: an open takes the image.
  package func answer(at block: BlockOffset, count: BlockCount) -> Answer {
    var (block, count) = (block, count)
    if case .number(.block, let loss) = mistake {
      block = BlockOffset(loss.remainder(of: block.rawValue))
    }
    if case .number(.count, let loss) = mistake {
      count = BlockCount(loss.remainder(of: count.rawValue))
    }
    guard block < Format.diskEnd, var node = node(at: header.treeRoot) else { return .miss(count) }
    var path = [header.treeRoot]
    while let slot = slot(holding: block, in: node) {
      if node.kind == .leaf { return hit(slot, of: node, path.count, block, count) }
      guard let child = child(of: slot, in: node, path) else { return .refused }
      path.append(node.entries[slot].child)
      node = child
    }
    if has(.gapInEntryRefused), path.count > 1 { return .refused }
    return .miss(gap(from: block, count, in: node))
  }

  /// Returns whether the reader goes through the whole tree without meeting damage, as it does
  /// before it writes, and meets each of `nodes` once and no other node.
  ///
  /// - Precondition: an open takes the image.
  func takesTree(of nodes: Set<BlockAddress>) -> Bool {
    var left = nodes
    guard let root = node(at: header.treeRoot) else { return false }
    return takesTree(below: root, [header.treeRoot], &left) && left.isEmpty
  }

  private func takesTree(
    below node: ModelNode, _ path: [BlockAddress], _ left: inout Set<BlockAddress>
  ) -> Bool {
    guard let address = path.last, left.remove(address) != nil else { return false }
    for slot in usedSlots(of: node) {
      if node.kind == .leaf {
        guard hit(slot, of: node, path.count, node.extents[slot].offset, 1) != .refused else {
          return false
        }
      } else {
        guard let child = child(of: slot, in: node, path),
          takesTree(below: child, path + [node.entries[slot].child], &left)
        else { return false }
      }
    }
    return true
  }

  private func slot(holding block: BlockOffset, in node: ModelNode) -> Int? {
    let block = UInt128(block.rawValue)
    return usedSlots(of: node).first { slot in
      let range = node.range(of: slot)
      let isLeaf = node.kind == .leaf
      let lower = range.lower + (isLeaf && has(.startNotHeld) ? 1 : 0)
      var upper = range.upper
      if isLeaf, has(.endHeld) { upper += 1 }
      if isLeaf, has(.lastNotHeld) { upper -= 1 }
      return lower <= block && block < upper
    }
  }

  /// VCI-EXT-003, VCI-FILE-006, VCI-EXT-007: the answer for an extent that holds the block.
  private func hit(
    _ slot: Int, of leaf: ModelNode, _ level: Int, _ block: BlockOffset, _ count: BlockCount
  ) -> Answer {
    let extent = leaf.extents[slot]
    let spot = Spot(level: level, slot: slot, capacity: leaf.kind.capacity)
    let address = UInt128(extent.address.rawValue)
    let end = address + UInt128(extent.blocks.rawValue)
    var flags = UInt128(extent.flags)
    if has(.flagsLowBit) { flags &= 1 }
    if has(.flagsLowBits) { flags &= 0x7f }
    guard takes(.dataLow, 2, atMost: address, at: spot),
      takes(.dataHigh, end, atMost: UInt128(header.blocks.rawValue), at: spot),
      takes(.dataInFile, end, atMost: fileBlocks, at: spot),
      takes(.flags, flags, equal: 0, at: spot)
    else { return .refused }
    var step = block.rawValue &- extent.offset.rawValue
    let rest = extent.blocks.rawValue &- step
    if has(.hitAtStart) { step = 0 }
    if has(.hitStep8) { step &= 0xff }
    if has(.hitStep16) { step &= 0xffff }
    if has(.hitStep31) { step &= 0x7fff_ffff }
    let length = has(.hitNotLimited) || rest == 0 ? count : min(count, BlockCount(rest))
    return .hit(length, at: BlockAddress(extent.address.rawValue &+ step))
  }

  /// Returns how many of `count` blocks from `block` on the reader takes for uncached; nothing in
  /// `node`, the last node on the way to `block`, holds it.
  private func gap(
    from block: BlockOffset, _ count: BlockCount, in node: ModelNode
  ) -> BlockCount {
    if has(.missWhole) { return count }
    let limit = UInt128(block.rawValue) + UInt128(count.rawValue)
    let next: UInt128?
    if has(.missOfNode) || has(.missBetweenWhole) && node.kind == .internal {
      next =
        node.kind == .leaf
        ? usedSlots(of: node).map { node.range(of: $0).lower }.first {
          $0 > UInt128(block.rawValue) && $0 < limit
        } : nil
    } else if let root = self.node(at: header.treeRoot) {
      next = self.next(after: block, before: limit, in: root, [header.treeRoot])
    } else {
      next = nil
    }
    var gap = UInt64(truncatingIfNeeded: (next ?? limit) - UInt128(block.rawValue))
    if has(.missOneMore), next != nil { gap += 1 }
    if has(.miss16) { gap &= 0xffff }
    if has(.miss32) { gap &= 0xffff_ffff }
    if has(.miss54) { gap &= 1 << 54 - 1 }
    return BlockCount(gap)
  }

  /// Returns the first disk block after `block` and before `limit` that belongs to an extent or to
  /// the range of a damaged node.
  private func next(
    after block: BlockOffset, before limit: UInt128, in node: ModelNode, _ path: [BlockAddress]
  ) -> UInt128? {
    let block128 = UInt128(block.rawValue)
    var slots = usedSlots(of: node)
    // There they need not ascend.
    if path.count == Format.maximumLevels {
      slots.sort { node.range(of: $0).lower < node.range(of: $1).lower }
    }
    for slot in slots {
      let range = node.range(of: slot)
      if node.kind == .leaf {
        guard range.lower > block128 else { continue }
        return range.lower < limit ? range.lower : nil
      }
      guard range.upper > block128 else { continue }
      guard range.lower < limit else { return nil }
      guard let child = child(of: slot, in: node, path) else { return max(range.lower, block128) }
      let below = next(
        after: block, before: limit, in: child, path + [node.entries[slot].child])
      if let below { return below }
    }
    return nil
  }
}
