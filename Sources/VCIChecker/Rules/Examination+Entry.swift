internal import VCIFormat

extension Examination {
  /// How the walk met a node before an entry names it: not at all, through an earlier entry, or as
  /// the entry's own node or one above it.
  private enum PriorVisit {
    case none, earlierEntry, ancestor
  }

  /// VCI-NODE-012, VCI-NODE-002, VCI-NODE-004: checks an entry of the node at `level`, counted from
  /// 0, and reads its child.
  ///
  /// Returns whether the walk goes on in the child.
  mutating func follow(
    _ entry: UsedSlot, at level: Int, _ source: any ByteSource
  ) throws(StorageError) -> Bool {
    guard level < Format.maximumLevels - 1 else {
      add(
        .treeDepth, at: place(of: entry, at: level), expected: .exactly(0),
        actual: entry.address.rawValue)
      return false
    }
    let child = entry.place(.internal)
    guard child.isWithin(Format.firstBlock, min(cacheEnd, fileEnd)) else {
      checkChildPlace(entry, child, at: level)
      return false
    }
    if let ancestor = stack.find(entry.address, upTo: level) {
      checkNaming(entry, at: level, stack[ancestor].node, .ancestor)
      guard Faults.followsCycle(in: nodes.count) else { return false }
    } else if let earlier = nodes.find(entry.address) {
      checkNaming(entry, at: level, earlier, .earlierEntry)
      return false
    }
    return try read(entry, at: level, source)
  }

  /// Reads the child of an entry of the node at `level`, and enters it.
  private mutating func read(
    _ entry: UsedSlot, at level: Int, _ source: any ByteSource
  ) throws(StorageError) -> Bool {
    guard nodes.count < NodeTable.most, claims.count < ClaimList.most - 204 else {
      throw StorageError(
        .read, offset: entry.address.bytes,
        reason: "there are more nodes or extents before it than can be counted")
    }
    try stack.read(entry.address, at: level + 1, source, size: report.byteCount)
    let index = UInt32(nodes.count)
    let node = checkNode(
      entry.address, at: level + 1, parent: stack[level].node, slot: entry.index)
    nodes.nameLast()
    checkNaming(entry, at: level, index, .none)
    guard let node else { return false }
    enter(node)
    return true
  }

  /// VCI-NODE-002, VCI-FILE-006: why a child cannot be read.
  private mutating func checkChildPlace(_ entry: UsedSlot, _ child: BlockRange, at level: Int) {
    if child.first < Format.firstBlock || !ends(child, by: cacheEnd) {
      let last = header.blocks.rawValue - Format.nodeBlocks.rawValue
      let isReported = add(
        .childInRange, at: place(of: entry, at: level), expected: .between(2, last),
        actual: entry.address.rawValue)
      if isReported { return }
    }
    if !ends(child, by: fileEnd) {
      let last = max(fileEnd.rawValue, 8) - Format.nodeBlocks.rawValue
      add(
        .dataInFile, part: .node, at: place(of: entry, at: level), expected: .atMost(last),
        actual: entry.address.rawValue)
    }
  }

  /// VCI-NODE-004, VCI-INT-003: no other entry names the child, and the entry's range covers it.
  private mutating func checkNaming(
    _ entry: UsedSlot, at level: Int, _ child: UInt32, _ visit: PriorVisit
  ) {
    let address = entry.address.rawValue
    if visit == .ancestor {
      add(
        .nodeNamedOnce, part: .cycle, at: place(of: entry, at: level), expected: .not(address),
        actual: address, situation: .cycle)
    }
    if Faults.skipsNaming { return }
    if visit == .earlierEntry {
      add(
        .nodeNamedOnce, part: .shared, at: place(of: entry, at: level), expected: .not(address),
        actual: address, situation: .shared)
    }
    let record = nodes[child]
    guard !record.isWithin(entry.offset, entry.blocks) else { return }
    let (end, overflow) = entry.offset.addingReportingOverflow(entry.blocks)
    add(
      .childWithinEntry, at: place(of: entry, .entryOffset, at: level),
      expected: .within(entry.offset, overflow ? .max : end),
      actual: record.outermost(outside: entry.offset))
  }
}

extension NodeRecord {
  /// Returns the node's first disk block if that lies before `offset`, else its last one.
  fileprivate func outermost(outside offset: UInt64) -> UInt64 {
    if lower < offset { return lower }
    let (last, overflow) = lower.addingReportingOverflow(width - 1)
    return overflow ? .max : last
  }
}
