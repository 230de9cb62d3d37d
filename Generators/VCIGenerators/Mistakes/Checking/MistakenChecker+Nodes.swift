internal import VCIFormat

extension MistakenChecker {
  /// VCI-NODE-004: whether the checker sees a node that two entries name. That of a cycle is found
  /// by readers.
  var isNodeShared: Bool {
    guard !has(.shared) else { return false }
    return image.repeats.contains { other in
      guard applies(.nodeNamedOnce, to: other.visit, other.slot) else { return false }
      let first = image.visits[other.node]
      guard let parent = first.parent else { return true }
      if has(.sharedInNode) { return parent.visit == other.visit }
      if has(.sharedNeighbours) {
        return parent.visit == other.visit && other.slot - parent.slot == 1
      }
      if has(.sharedLeaves) { return first.node?.kind == .leaf }
      if has(.sharedInner) { return first.node?.kind == .internal }
      if has(.sharedLevel) {
        return image.visits[other.visit].level == image.visits[parent.visit].level
      }
      return true
    }
  }

  /// VCI-NODE-008.
  var hasRest: Bool {
    guard !has(.rest) else { return false }
    return image.visits.indices.contains { index in
      guard let node = image.visits[index].node else { return false }
      if has(.restLeaf), node.kind != .leaf { return false }
      if has(.restInner), node.kind != .internal { return false }
      return hasRest(in: node, index)
    }
  }

  private func hasRest(in node: ModelNode, _ visit: Int) -> Bool {
    let width = Format.nodeSize - node.kind.paddingStart
    if !has(.restPadding), applies(.nodeRestZero, to: visit) {
      let isStray = node.padding.all.contains { stray in
        !(has(.restPaddingFirst) && stray.offset == 0)
          && !(has(.restPaddingLast) && stray.offset == width - 1)
      }
      if isStray { return true }
    }
    guard !has(.restSlots) else { return false }
    let end = node.usedSlots.last ?? -1
    return (0..<node.slotCount).contains { slot in
      guard applies(.nodeRestZero, to: visit, slot) else { return false }
      if has(.restGap), slot < end { return false }
      if has(.restLast), slot == node.kind.capacity - 1 { return false }
      switch node.state(of: slot) {
      case .used: return false
      case .half: return has(.restHalf)
      case .unused: return node.isNonzero(slot)
      }
    }
  }

  /// VCI-NODE-010.
  var hasEmptyLeaf: Bool {
    guard !has(.empty) else { return false }
    return image.visits.indices.contains { index in
      guard let node = image.visits[index].node, node.kind == .leaf, !node.isUsed,
        applies(.leafUsed, to: index), index > 0 || has(.emptyRoot)
      else { return false }
      return !has(.emptyHalf) || !(0..<node.slotCount).contains { node.state(of: $0) == .half }
    }
  }

  /// VCI-NODE-011.
  var hasOtherLevel: Bool {
    let leaves = image.visits.filter {
      $0.node?.kind == .leaf && (!has(.levelUsed) || $0.node?.isUsed == true)
    }
    guard !has(.level), let first = leaves.first else { return false }
    if has(.levelSiblings) {
      return leaves.contains { leaf in
        leaves.contains { $0.parent?.visit == leaf.parent?.visit && $0.level != leaf.level }
      }
    }
    if has(.levelNeighbours) {
      return zip(leaves, leaves.dropFirst()).contains { $0.level != $1.level }
    }
    return leaves.contains { leaf in
      if has(.levelDeeper) { return leaf.level > first.level }
      return has(.levelHigher) ? leaf.level < first.level : leaf.level != first.level
    }
  }

  /// VCI-EXT-008.
  var hasReserved: Bool {
    guard !has(.reserved) else { return false }
    let mask: UInt8 = has(.reservedLowBit) ? 1 : has(.reservedHighBit) ? 0x7f : 0xff
    return image.used.contains {
      $0.extent.reserved & mask != 0 && applies(.extentReservedZero, to: $0.visit, $0.slot)
    }
      || has(.reservedUnused)
        && image.visits.contains { $0.node?.extents.contains { $0.reserved != 0 } == true }
  }
}

extension ModelNode {
  /// Whether a byte of a slot is not zero.
  fileprivate func isNonzero(_ slot: Int) -> Bool {
    switch kind {
    case .leaf: Structure.extent.numbers.contains { extents[slot][$0] != 0 }
    case .internal: Structure.entry.numbers.contains { entries[slot][$0] != 0 }
    }
  }
}
