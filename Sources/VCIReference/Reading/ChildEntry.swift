internal import VCIFormat

/// An entry and the node in which it stands: what a reader owes of the entry itself.
struct ChildEntry {
  /// Where the child lies.
  let child: BlockRange
  /// The slots that lead to the child.
  let path: NodePath
  private let entry: StoredTree.KeptEntry
  private let parent: StoredTree.Step

  /// Makes the place of an entry whose child is not kept yet, of the node that `parent` is at.
  ///
  /// - Precondition: the node is not at level 16.
  init(_ entry: StoredTree.KeptEntry, in parent: StoredTree.Step) {
    self.entry = entry
    self.parent = parent
    child = BlockRange(BlockAddress(entry.link), Format.nodeBlocks)
    path = parent.path.child(Int(entry.slot))
  }

  /// Judges where the child lies.
  ///
  /// - Throws: `ImageError.violation` for VCI-NODE-002 and VCI-FILE-006.
  func judge(cacheEnd: BlockAddress, fileEnd: BlockAddress) throws(ImageError) {
    if !child.isWithin(Format.firstBlock, cacheEnd) {
      try refuse(
        .childInRange, at: place(.entryChild), expected: .within(2, cacheEnd.rawValue),
        actual: child.first.rawValue)
    } else if !child.isWithin(0, fileEnd), !Faults.losesErrors {
      try refuse(
        .dataInFile, part: .node, at: place(.entryChild),
        expected: .within(2, fileEnd.rawValue), actual: child.first.rawValue)
    }
  }

  /// Judges that the child is none of the nodes of `trail`.
  ///
  /// - Throws: `ImageError.violation` for VCI-NODE-004.
  func judgeCycle(_ trail: [StoredTree.Step]) throws(ImageError) {
    guard closesCycle(trail), !Faults.followsCycles else { return }
    try refuse(
      .nodeNamedOnce, at: place(.entryChild), expected: .not(child.first.rawValue),
      actual: child.first.rawValue, situation: .cycle)
  }

  /// Whether the child is one of the nodes of `trail`.
  func closesCycle(_ trail: [StoredTree.Step]) -> Bool {
    trail.contains { $0.node.address == child.first }
  }

  /// Judges that the used slots of the child lie inside the entry's range.
  ///
  /// - Throws: `ImageError.violation` for VCI-INT-003.
  func judgeRange(of node: StoredNode) throws(ImageError) {
    if Faults.skipsEntryRanges { return }
    switch node.content {
    case .leaf(let used): try judgeRange(of: used)
    case .entries(let used): try judgeRange(of: used)
    }
  }

  private func judgeRange<Slot: NodeSlot>(
    of used: [UsedSlots<Slot>.Used]
  ) throws(ImageError) {
    guard let stray = used.first(where: { !covers($0.slot) })?.slot else { return }
    try refuse(
      .childWithinEntry, at: place(.entryOffset), expected: expectation(of: stray),
      actual: entry.offset.rawValue)
  }

  private func covers(_ slot: some NodeSlot) -> Bool {
    guard slot.offset >= entry.offset else { return false }
    let step = slot.offset.rawValue - entry.offset.rawValue
    return step <= entry.blocks.rawValue && slot.blocks.rawValue <= entry.blocks.rawValue - step
  }

  /// Where the entry's range would have to start to cover `stray`, on the side where it doesn't.
  private func expectation(of stray: some NodeSlot) -> Expectation {
    if stray.offset < entry.offset { return .atMost(stray.offset.rawValue) }
    let (end, overflow) = stray.offset.rawValue.addingReportingOverflow(stray.blocks.rawValue)
    guard !overflow, end > entry.blocks.rawValue else { return .atLeast(stray.offset.rawValue) }
    return .atLeast(end - entry.blocks.rawValue)
  }

  /// A field of the entry.
  func place(_ field: Field) -> Place { parent.place.slot(Int(entry.slot), field) }
}
