internal import VCIFormat

extension Examination {
  /// Judges the tree and everything that is owned, from the root on.
  mutating func judgeTree(
    below root: LookedAt?, _ source: any ByteSource
  ) throws(StorageError) {
    if let root { enter(root) }
    try walk(source)
    nodes.forgetAddresses()
    report.tree = Report.Tree(
      depth: tally.depth, internalNodes: tally.internalNodes, leaves: tally.leaves,
      extents: tally.extents, cachedBlocks: tally.cachedBlocks)
    try judgeOwnership()
    if !isTouched, !header.isDirty { try judgeLinks(source) }
  }

  /// Walks down and up again until every node was looked at.
  private mutating func walk(_ source: any ByteSource) throws(StorageError) {
    // Counted from 0; below 0 the walk is over.
    var level = 0
    while level >= 0 {
      guard let entry = levels.nextEntry(at: level) else {
        level -= 1
        continue
      }
      if try follow(entry, at: level, source) { level += 1 }
    }
  }

  /// Judges all else of a node, counts it, and makes the walk stand in it.
  mutating func enter(_ node: LookedAt) {
    if node.glance == nil { judgeRest(node) }
    var limit = 0
    if node.type == .leaf {
      tally.leaves += 1
      judgeLeafLevel(node)
      if let glance = node.glance {
        tally.extents += glance.used
        tally.addBlocks(glance.blocks)
        if glance.links != 0 { tally.hasLinks = true }
      } else {
        judgeExtents(node)
      }
    } else {
      tally.internalNodes += 1
      limit = node.glance?.used ?? scan.limit
    }
    levels[node.level] = NodeLevels.Stand(
      node: node.index, address: nodes[node.index].address, next: 0, limit: limit)
  }

  private mutating func judgeRest(_ node: LookedAt) {
    if let stray = scan.firstStray {
      let byte: UInt8 = levels.number(at: stray, ofNodeAt: node.level)
      add(
        Violation(
          .nodeRestZero, site: .checkerNodeRestZero,
          at: .node(nodes.path(of: node.index), .nodeEntries),
          offset: node.start + UInt64(stray), length: 1, expected: .exactly(0),
          actual: UInt64(byte)))
    }
    if node.type == .leaf, node.level > 0, scan.used.isEmpty {
      add(
        Violation(
          .leafUsed, site: .checkerLeafUsed, at: .node(nodes.path(of: node.index), .nodeType),
          offset: node.start, length: 1, expected: .atLeast(1), actual: 0))
    }
  }

  private mutating func judgeLeafLevel(_ node: LookedAt) {
    let level = node.level + 1
    if tally.firstLeafLevel == 0 { tally.firstLeafLevel = level }
    guard level != tally.firstLeafLevel else { return }
    add(
      Violation(
        .leavesLevel, site: .checkerLeavesLevel,
        at: .node(nodes.path(of: node.index), .nodeType), offset: node.start, length: 1,
        expected: .exactly(UInt64(tally.firstLeafLevel)), actual: UInt64(level)))
  }
}
