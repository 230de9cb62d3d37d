internal import VCIFormat

/// An entry of an internal node, and what a reader requires of it before its child is used.
struct ChildEntry {
  /// The blocks of the child.
  let child: BlockRange
  /// The slots that lead to the child.
  let path: NodePath
  private let entry: StoredTree.KeptEntry
  private let parent: StoredTree.Step

  /// Makes it of an entry whose child was not read yet, in the node of `parent`.
  ///
  /// - Precondition: the node is not at level 16.
  init(_ entry: StoredTree.KeptEntry, in parent: StoredTree.Step) {
    self.entry = entry
    self.parent = parent
    child = BlockRange(BlockAddress(entry.link), Format.nodeBlocks)
    path = parent.path.child(Int(entry.slot))
  }

  /// VCI-NODE-002, VCI-FILE-006: the child lies in the cache and in the file.
  func requireInRange(cacheEnd: BlockAddress, fileEnd: BlockAddress) throws(ImageError) {
    guard child.isWithin(Format.firstBlock, cacheEnd) else {
      return try refuse(
        .childInRange, at: place(.entryChild), expected: .within(2, cacheEnd.rawValue),
        actual: child.first.rawValue)
    }
    try require(
      .dataInFile, part: .node, child.isWithin(0, fileEnd) || Faults.losesErrors,
      at: place(.entryChild), expected: .within(2, fileEnd.rawValue), actual: child.first.rawValue)
  }

  /// VCI-NODE-004: the child is none of the nodes of `trail`.
  func requireNoCycle(_ trail: [StoredTree.Step]) throws(ImageError) {
    try require(
      .nodeNamedOnce, !closesCycle(trail) || Faults.followsCycles, at: place(.entryChild),
      expected: .not(child.first.rawValue), actual: child.first.rawValue, situation: .cycle)
  }

  /// Whether the child is one of the nodes of `trail`.
  func closesCycle(_ trail: [StoredTree.Step]) -> Bool {
    trail.contains { $0.node.address == child.first }
  }

  /// VCI-INT-003: the used slots of the child lie inside the entry's range.
  func requireCovers(_ node: StoredNode) throws(ImageError) {
    if Faults.skipsEntryRanges { return }
    switch node.content {
    case .leaf(let used): try requireCovers(used)
    case .entries(let used): try requireCovers(used)
    }
  }

  private func requireCovers(_ used: [UsedSlots<some NodeSlot>.Used]) throws(ImageError) {
    guard let stray = used.first(where: { !covers($0.slot) })?.slot else { return }
    try refuse(
      .childWithinEntry, at: place(.entryOffset), expected: expectation(of: stray),
      actual: entry.offset.rawValue)
  }

  private func covers(_ slot: some NodeSlot) -> Bool {
    guard slot.offset >= entry.offset else { return false }
    let step = slot.offset - entry.offset
    return step <= entry.blocks && slot.blocks <= entry.blocks - step
  }

  /// Where the entry's range would have to start to cover `stray`, on the side on which it does
  /// not.
  private func expectation(of stray: some NodeSlot) -> Expectation {
    if stray.offset < entry.offset { return .atMost(stray.offset.rawValue) }
    guard let end = stray.offset.adding(stray.blocks), end.rawValue > entry.blocks.rawValue else {
      return .atLeast(stray.offset.rawValue)
    }
    return .atLeast(end.rawValue - entry.blocks.rawValue)
  }

  /// The place of a field of the entry.
  func place(_ field: Field) -> Place { parent.place.slot(Int(entry.slot), field) }
}
