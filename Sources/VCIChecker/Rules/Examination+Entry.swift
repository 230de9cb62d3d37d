internal import VCIFormat

extension Examination {
  /// How a node that an entry names was come to before.
  private enum Acquaintance {
    case none, earlierEntry, itselfOrAbove
  }

  /// Judges an entry of the node at `level`, counted from 0, and reads its child; answers whether
  /// the walk stands in the child now.
  mutating func follow(
    _ entry: UsedSlot, at level: Int, _ source: any ByteSource
  ) throws(StorageError) -> Bool {
    guard level < Format.maximumLevels - 1 else {
      add(childField(.treeDepth, .checkerTreeDepth, entry, at: level, .exactly(0)))
      return false
    }
    let child = entry.place(.internal)
    guard child.isWithin(Format.firstBlock, min(cacheEnd, fileEnd)) else {
      judgeChildPlace(entry, child, at: level)
      return false
    }
    if let above = levels.find(entry.address, upTo: level) {
      judgeNaming(entry, at: level, levels[above].node, .itselfOrAbove)
      guard Fault.checkerF30.isPlanted, nodes.count < 64 else { return false }
    } else if let earlier = nodes.find(entry.address) {
      judgeNaming(entry, at: level, earlier, .earlierEntry)
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
    try levels.read(entry.address, at: level + 1, source, size: report.byteCount)
    let index = UInt32(nodes.count)
    let node = lookAt(
      entry.address, at: level + 1, parent: levels[level].node, slot: entry.index)
    nodes.nameLast()
    judgeNaming(entry, at: level, index, .none)
    guard let node else { return false }
    enter(node)
    return true
  }

  /// Judges where a child lies that can't be read.
  private mutating func judgeChildPlace(_ entry: UsedSlot, _ child: BlockRange, at level: Int) {
    let end = sum(child.first.rawValue, child.count.rawValue)
    if child.first < Format.firstBlock || end.map({ $0 > cacheEnd.rawValue }) ?? true {
      let last = header.blocks.rawValue - Format.nodeBlocks.rawValue
      let isNoted = add(
        childField(.childInRange, .checkerChildInRange, entry, at: level, .between(2, last)))
      if isNoted { return }
    }
    if end.map({ $0 > fileEnd.rawValue }) ?? true {
      let last = max(fileEnd.rawValue, 8) - Format.nodeBlocks.rawValue
      add(childField(.dataInFile, .checkerNodeInFile, entry, at: level, .atMost(last)))
    }
  }

  /// Judges how an entry names a node that was read, now or before.
  private mutating func judgeNaming(
    _ entry: UsedSlot, at level: Int, _ child: UInt32, _ acquaintance: Acquaintance
  ) {
    if acquaintance == .itselfOrAbove {
      add(
        childField(
          .nodeNamedOnce, .checkerNodeCycle, entry, at: level, .not(entry.address.rawValue),
          .cycle))
    }
    if Fault.checkerF34.isPlanted { return }
    if acquaintance == .earlierEntry {
      add(
        childField(
          .nodeNamedOnce, .checkerNodeShared, entry, at: level, .not(entry.address.rawValue),
          .shared))
    }
    let record = nodes[child]
    guard !record.isWithin(entry.offset, entry.blocks) else { return }
    let (end, overflow) = entry.offset.addingReportingOverflow(entry.blocks)
    let stand = levels[level]
    add(
      Violation(
        .childWithinEntry, site: .checkerChildWithinEntry,
        at: .entry(nodes.path(of: stand.node), slot: entry.index, .entryOffset),
        offset: Field.entryOffset.position(inNodeAt: stand.address.bytes, slot: entry.index),
        length: 8, expected: .within(entry.offset, overflow ? .max : end),
        actual: record.outermost(outside: entry.offset)))
  }

  /// A violation in the address of an entry's child.
  private func childField(
    _ rule: Rule, _ site: Fault, _ entry: UsedSlot, at level: Int, _ expected: Expectation,
    _ situation: Situation? = nil
  ) -> Violation? {
    let stand = levels[level]
    return Violation(
      rule, site: site, at: .entry(nodes.path(of: stand.node), slot: entry.index, .entryChild),
      offset: Field.entryChild.position(inNodeAt: stand.address.bytes, slot: entry.index),
      length: 8, expected: expected, actual: entry.address.rawValue, situation: situation)
  }
}

extension NodeRecord {
  /// The disk block of the node that lies the farthest outside of a range which starts at
  /// `offset`.
  fileprivate func outermost(outside offset: UInt64) -> UInt64 {
    if lower < offset { return lower }
    let (last, overflow) = lower.addingReportingOverflow(width - 1)
    return overflow ? .max : last
  }
}
