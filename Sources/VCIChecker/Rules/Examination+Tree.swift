internal import VCIFormat

extension Examination {
  /// Checks of the root what an open checks, and returns it; `nil` if its type is unknown.
  mutating func checkRoot(_ source: any ByteSource) throws(StorageError) -> ReadNode? {
    nodes.removeAll()
    claims.removeAll()
    counts = TreeCounts()
    stack[0] = WalkStack.Cursor()
    try stack.read(header.treeRoot, at: 0, source, size: report.byteCount)
    return checkNode(header.treeRoot, at: 0, parent: 0, slot: 0)
  }

  /// Checks the whole tree, then the bitmap against what the tree owns, then the LRU list.
  mutating func checkTree(
    below root: ReadNode?, _ source: any ByteSource
  ) throws(StorageError) {
    if let root { enter(root) }
    try walk(source)
    nodes.forgetAddresses()
    report.tree = counts.tree
    try checkOwnership()
    if !isTouched, !header.isDirty { try checkLinks(source) }
  }

  /// Walks the tree depth first, from the root on.
  private mutating func walk(_ source: any ByteSource) throws(StorageError) {
    // Counted from 0; below 0 the walk is over.
    var level = 0
    while level >= 0 {
      guard let entry = stack.nextEntry(at: level) else {
        level -= 1
        continue
      }
      if try follow(entry, at: level, source) { level += 1 }
    }
  }

  /// Checks what an open does not check of a node, counts it, and puts the cursor at its first
  /// slot.
  mutating func enter(_ node: ReadNode) {
    if node.fastPath == nil { checkRest(node) }
    var limit = 0
    switch node.type {
    case .internal:
      counts.tree.internalNodes += 1
      limit = node.fastPath?.used ?? scan.limit
    case .leaf:
      counts.tree.leaves += 1
      checkLeafLevel(node)
      if let whole = node.fastPath { counts.add(whole) } else { checkExtents(node) }
    }
    stack[node.level] = WalkStack.Cursor(
      node: node.index, address: nodes[node.index].address, next: 0, limit: limit)
  }

  /// VCI-NODE-008, VCI-NODE-010: what is unused is zero, and a leaf is not empty.
  private mutating func checkRest(_ node: ReadNode) {
    if let stray = scan.firstStray {
      let place = place(of: node.index)
      let byte: UInt8 = stack.number(at: stray, ofNodeAt: node.level)
      add(
        .nodeRestZero, at: place.field(.nodeEntries).byte(at: place.offset + UInt64(stray)),
        expected: .exactly(0), actual: UInt64(byte))
    }
    if node.type == .leaf, node.level > 0, scan.used.isEmpty {
      add(.leafUsed, at: place(of: node.index).field(.nodeType), expected: .atLeast(1), actual: 0)
    }
  }

  /// VCI-NODE-011: all leaves lie at the level of the first one.
  private mutating func checkLeafLevel(_ leaf: ReadNode) {
    let level = leaf.level + 1
    if counts.firstLeafLevel == 0 { counts.firstLeafLevel = level }
    guard level != counts.firstLeafLevel else { return }
    add(
      .leavesLevel, at: place(of: leaf.index).field(.nodeType),
      expected: .exactly(UInt64(counts.firstLeafLevel)), actual: UInt64(level))
  }
}
