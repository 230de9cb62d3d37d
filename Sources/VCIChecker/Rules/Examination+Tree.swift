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
      let place = place(of: node.index)
      let byte: UInt8 = levels.number(at: stray, ofNodeAt: node.level)
      add(
        .nodeRestZero, at: place.field(.nodeEntries).byte(at: place.offset + UInt64(stray)),
        expected: .exactly(0), actual: UInt64(byte))
    }
    if node.type == .leaf, node.level > 0, scan.used.isEmpty {
      add(.leafUsed, at: place(of: node.index).field(.nodeType), expected: .atLeast(1), actual: 0)
    }
  }

  private mutating func judgeLeafLevel(_ node: LookedAt) {
    let level = node.level + 1
    if tally.firstLeafLevel == 0 { tally.firstLeafLevel = level }
    guard level != tally.firstLeafLevel else { return }
    add(
      .leavesLevel, at: place(of: node.index).field(.nodeType),
      expected: .exactly(UInt64(tally.firstLeafLevel)), actual: UInt64(level))
  }

  /// A node of the table.
  func place(of node: UInt32) -> Place {
    .node(nodes.path(of: node), at: nodes[node].address)
  }

  /// The entry that names a node.
  func namingPlace(of node: UInt32) -> Place {
    place(of: nodes[node].parent).slot(nodes[node].slot, .entryChild)
  }

  /// A field of the extent that claims data.
  func place(of claim: Claim, _ field: Field = .extentAddress) -> Place {
    place(of: claim.node ?? 0).slot(claim.slot, field)
  }
}
