/// A sorted set of pairs of numbers, which describe runs of blocks: a B-tree.
///
/// A node is a pair of arrays, and all nodes are in one array. A pair takes 16.5 bytes in full
/// nodes, about 24 in nodes that were filled at random, and at most 33, in half-full nodes.
/// Finding, inserting and removing are O(log n).
struct RunIndex {
  /// Two numbers, ordered by the first, then by the second.
  struct Key: Hashable, Comparable {
    let major: UInt64
    let minor: UInt64

    static func < (left: Key, right: Key) -> Bool {
      left.major < right.major || (left.major == right.major && left.minor < right.minor)
    }

    /// Both as one number, which is compared without a branch.
    fileprivate var whole: UInt128 {
      UInt128(truncatingIfNeeded: major) << 64 | UInt128(truncatingIfNeeded: minor)
    }
  }

  /// Keys in order: those of a leaf, or the first key below each child.
  struct Node {
    var keys: [Key] = []
    /// As many as keys, or none in a leaf.
    var children: [Int32] = []
  }

  /// The most keys of a node; every node but the root has at least half as many.
  let keysPerNode: Int
  /// How many keys there are.
  private(set) var count = 0
  private(set) var nodes: [Node] = [Node()]
  /// The nodes that are not part of the tree.
  private(set) var unused: [Int] = []
  private(set) var root = 0

  /// Makes an empty set.
  ///
  /// - Precondition: a node has at least 4 keys.
  init(keysPerNode: Int = 128) {
    precondition(keysPerNode >= 4, "nodes of \(keysPerNode) keys")
    self.keysPerNode = keysPerNode
  }

  /// Makes the set of `keys`, which are sorted and differ, in full nodes. O(n)
  init(sorted keys: [Key], keysPerNode: Int = 128) {
    self.init(keysPerNode: keysPerNode)
    guard !keys.isEmpty else { return }
    count = keys.count
    nodes = []
    var floor = parts(of: keys.count).map { make(Node(keys: Array(keys[$0]))) }
    while floor.count > 1 {
      floor = parts(of: floor.count).map { part in
        let children = floor[part]
        return make(
          Node(keys: children.map { nodes[$0].keys[0] }, children: children.map { Int32($0) }))
      }
    }
    root = floor[0]
    checkAll()
  }

  /// Whether there are none.
  var isEmpty: Bool { count == 0 }

  /// The first key that is not below `key`. O(log n)
  func first(from key: Key) -> Key? {
    var node = root
    var behind: Key?
    while true {
      let slot = nodes[node].slots(through: key)
      if nodes[node].isLeaf {
        if slot > 0, nodes[node].keys[slot - 1] == key { return key }
        return slot < nodes[node].keys.count ? nodes[node].keys[slot] : behind
      }
      let way = max(slot, 1)
      if way < nodes[node].keys.count { behind = nodes[node].keys[way] }
      node = nodes[node].child(way - 1)
    }
  }

  /// The last key that is not above `key`. O(log n)
  func last(through key: Key) -> Key? {
    var node = root
    while true {
      let slot = nodes[node].slots(through: key)
      guard slot > 0 else { return nil }
      if nodes[node].isLeaf { return nodes[node].keys[slot - 1] }
      node = nodes[node].child(slot - 1)
    }
  }

  /// Calls `body` with every key, in order. O(n)
  func forEach(_ body: (Key) -> Void) { forEach(below: root, body) }

  /// Inserts `key`. O(log n)
  ///
  /// - Precondition: it is not in the set.
  mutating func insert(_ key: Key) {
    if let right = insert(key, below: root) {
      let keys = [nodes[root].keys[0], nodes[right].keys[0]]
      root = make(Node(keys: keys, children: [Int32(root), Int32(right)]))
    }
    count += 1
    checkSome()
  }

  /// Removes `key`. O(log n)
  ///
  /// - Precondition: it is in the set.
  mutating func remove(_ key: Key) {
    remove(key, below: root)
    if nodes[root].children.count == 1 {
      let old = root
      root = nodes[old].child(0)
      recycle(old)
    }
    count -= 1
    checkSome()
  }

  /// Replaces `old` by `new`. O(log n)
  ///
  /// - Precondition: `old` is in the set, and no key is between the two.
  mutating func replace(_ old: Key, by new: Key) {
    var node = root
    while true {
      let slot = nodes[node].slots(through: old) - 1
      let isFirst = slot >= 0 && nodes[node].keys[slot] == old
      if isFirst { nodes[node].keys[slot] = new }
      if nodes[node].isLeaf {
        precondition(isFirst, "\(old) is not in the index")
        checkSome()
        return
      }
      precondition(slot >= 0, "\(old) is not in the index")
      node = nodes[node].child(slot)
    }
  }
}

extension RunIndex.Node {
  var isLeaf: Bool { children.isEmpty }

  func child(_ slot: Int) -> Int { Int(children[slot]) }

  /// How many keys are not above `key`.
  func slots(through key: RunIndex.Key) -> Int {
    // One key of each stretch, then the keys of one stretch: loads that do not depend on each
    // other, unlike those of a binary search.
    let keys = keys.span
    let whole = key.whole
    var slot = 0
    var probe = Self.stretch &- 1
    // Both loops stay below the count, so the loads need no bounds checks.
    while probe < keys.count {
      slot &+= unsafe keys[unchecked: probe].whole <= whole ? Self.stretch : 0
      probe &+= Self.stretch
    }
    let end = min(slot &+ Self.stretch &- 1, keys.count)
    probe = slot
    while probe < end {
      slot &+= unsafe keys[unchecked: probe].whole <= whole ? 1 : 0
      probe &+= 1
    }
    return slot
  }

  /// About the square root of the keys in a node, so that few are compared.
  private static var stretch: Int { 11 }

  /// Inserts `key` at `slot`; the array grows to at most `limit` slots.
  fileprivate mutating func insert(_ key: RunIndex.Key, at slot: Int, limit: Int) {
    if keys.count == keys.capacity, keys.count < limit {
      keys.reserveCapacity(min(limit, max(4, keys.count * 2)))
    }
    keys.insert(key, at: slot)
  }
}

extension RunIndex {
  private var leastKeys: Int { keysPerNode / 2 }

  /// Divides `count` into as few parts as fit into nodes, of about equal length.
  private func parts(of count: Int) -> [Range<Int>] {
    let number = (count + keysPerNode - 1) / keysPerNode
    return (0..<number).map { count * $0 / number..<count * ($0 + 1) / number }
  }

  private mutating func make(_ node: Node) -> Int {
    if let index = unused.popLast() {
      nodes[index] = node
      return index
    }
    nodes.append(node)
    return nodes.count - 1
  }

  private mutating func recycle(_ node: Int) {
    nodes[node] = Node()
    unused.append(node)
  }

  private func forEach(below node: Int, _ body: (Key) -> Void) {
    if nodes[node].isLeaf {
      for key in nodes[node].keys { body(key) }
    } else {
      for child in nodes[node].children { forEach(below: Int(child), body) }
    }
  }

  /// Inserts `key` below `node`. Returns the new node to its right if it was split.
  private mutating func insert(_ key: Key, below node: Int) -> Int? {
    let slot = nodes[node].slots(through: key)
    if nodes[node].isLeaf {
      precondition(slot == 0 || nodes[node].keys[slot - 1] != key, "\(key) is in the index")
      nodes[node].insert(key, at: slot, limit: keysPerNode)
    } else {
      let way = max(slot, 1) - 1
      let child = nodes[node].child(way)
      let right = insert(key, below: child)
      nodes[node].keys[way] = nodes[child].keys[0]
      if let right {
        nodes[node].insert(nodes[right].keys[0], at: way + 1, limit: keysPerNode)
        nodes[node].children.insert(Int32(right), at: way + 1)
      }
    }
    return nodes[node].keys.count > keysPerNode ? split(node) : nil
  }

  private mutating func split(_ node: Int) -> Int {
    let whole = nodes[node]
    let half = whole.keys.count / 2
    nodes[node] = part(of: whole, 0..<half)
    return make(part(of: whole, half..<whole.keys.count))
  }

  private func part(of node: Node, _ slots: Range<Int>) -> Node {
    Node(
      keys: Array(node.keys[slots]), children: node.isLeaf ? [] : Array(node.children[slots]))
  }

  private mutating func remove(_ key: Key, below node: Int) {
    let slot = nodes[node].slots(through: key) - 1
    precondition(slot >= 0, "\(key) is not in the index")
    if nodes[node].isLeaf {
      precondition(nodes[node].keys[slot] == key, "\(key) is not in the index")
      nodes[node].keys.remove(at: slot)
      return
    }
    let child = nodes[node].child(slot)
    remove(key, below: child)
    if nodes[child].keys.count < leastKeys {
      refill(below: node, slot: max(slot, 1) - 1)
    } else {
      nodes[node].keys[slot] = nodes[child].keys[0]
    }
  }

  /// Joins the children in `slot` and `slot + 1`, or balances them if one node cannot hold both.
  private mutating func refill(below node: Int, slot: Int) {
    let left = nodes[node].child(slot)
    let right = nodes[node].child(slot + 1)
    var both = Node()
    both.keys.reserveCapacity(keysPerNode)
    both.keys += nodes[left].keys
    both.keys += nodes[right].keys
    both.children = nodes[left].children + nodes[right].children
    if both.keys.count <= keysPerNode {
      nodes[left] = both
      recycle(right)
      nodes[node].keys.remove(at: slot + 1)
      nodes[node].children.remove(at: slot + 1)
    } else {
      let half = both.keys.count / 2
      nodes[left] = part(of: both, 0..<half)
      nodes[right] = part(of: both, half..<both.keys.count)
      nodes[node].keys[slot + 1] = nodes[right].keys[0]
    }
    nodes[node].keys[slot] = nodes[left].keys[0]
  }
}
