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
      add(
        .treeDepth, at: place(of: entry, at: level), expected: .exactly(0),
        actual: entry.address.rawValue)
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
        .childInRange, at: place(of: entry, at: level), expected: .between(2, last),
        actual: entry.address.rawValue)
      if isNoted { return }
    }
    if end.map({ $0 > fileEnd.rawValue }) ?? true {
      let last = max(fileEnd.rawValue, 8) - Format.nodeBlocks.rawValue
      add(
        .dataInFile, part: .node, at: place(of: entry, at: level), expected: .atMost(last),
        actual: entry.address.rawValue)
    }
  }

  /// Judges how an entry names a node that was read, now or before.
  private mutating func judgeNaming(
    _ entry: UsedSlot, at level: Int, _ child: UInt32, _ acquaintance: Acquaintance
  ) {
    let address = entry.address.rawValue
    if acquaintance == .itselfOrAbove {
      add(
        .nodeNamedOnce, part: .cycle, at: place(of: entry, at: level), expected: .not(address),
        actual: address, situation: .cycle)
    }
    if Fault.checkerF34.isPlanted { return }
    if acquaintance == .earlierEntry {
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

  /// A field of an entry of the node at `level`.
  private func place(
    of entry: UsedSlot, _ field: Field = .entryChild, at level: Int
  ) -> Place {
    place(of: levels[level].node).slot(entry.index, field)
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
