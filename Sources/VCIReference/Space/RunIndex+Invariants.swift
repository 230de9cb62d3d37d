extension RunIndex {
  /// Checks the order of the keys, fill and level of the nodes, and the counts. O(n)
  ///
  /// - Precondition: they are right.
  func checkInvariants() {
    var found = 0
    var visited = 0
    var last: Key?
    _ = checkLevels(below: root, &visited) { key in
      if let last { precondition(last < key, "\(last) stands before \(key)") }
      last = key
      found += 1
    }
    precondition(found == count, "\(found) keys, and \(count) are counted")
    precondition(
      visited + unused.count == nodes.count,
      "\(visited) nodes of the tree, \(unused.count) unused ones, of \(nodes.count)")
  }

  /// Checks a small tree in debug builds.
  func checkSome() {
    assert(count > 64 || Invariants.hold { checkInvariants() })
  }

  /// Checks the whole tree in debug builds.
  func checkAll() {
    assert(Invariants.hold { checkInvariants() })
  }

  /// Returns how many levels there are from `node` down.
  private func checkLevels(below node: Int, _ visited: inout Int, _ body: (Key) -> Void) -> Int {
    visited += 1
    let keys = nodes[node].keys
    let least = node != root ? keysPerNode / 2 : nodes[node].isLeaf ? 0 : 2
    precondition(
      keys.count >= least && keys.count <= keysPerNode, "a node of \(keys.count) keys")
    guard !nodes[node].isLeaf else {
      keys.forEach(body)
      return 1
    }
    precondition(nodes[node].children.count == keys.count, "a child without a key")
    var levels: Int?
    for (key, child) in zip(keys, nodes[node].children) {
      precondition(nodes[Int(child)].keys[0] == key, "\(key) is not the first below its child")
      let below = checkLevels(below: Int(child), &visited, body)
      precondition(levels == nil || levels == below, "leaves on several levels")
      levels = below
    }
    return 1 + (levels ?? 0)
  }
}
