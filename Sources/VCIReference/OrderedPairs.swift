/// Two numbers, ordered by the first and then by the second.
struct NumberPair: BitwiseCopyable, Hashable, Comparable {
  var first: UInt64
  var second: UInt64

  static func < (left: NumberPair, right: NumberPair) -> Bool {
    left.first != right.first ? left.first < right.first : left.second < right.second
  }
}

/// A set of pairs of numbers in their order: a B-tree, a pair 16 bytes, in leaves half of which are
/// full at the worst after insertions.
///
/// What adds, removes or looks for a pair takes a number of steps that grows with the logarithm of
/// the most pairs that there were.
final class OrderedPairs {
  private typealias NodeID = UInt32

  private struct Node {
    var run: SlotRun
    var count: UInt8
    let isLeaf: Bool
  }

  /// A child, and the first pair below it.
  private struct Branch: BitwiseCopyable {
    var least: NumberPair
    var child: NodeID
  }

  private struct Step {
    let node: NodeID
    var index: Int
  }

  /// The most pairs of a leaf, and the most branches of another node.
  private static var capacity: Int { 64 }

  private let pairs = SlotPool<NumberPair>(limit: capacity + 1)
  private let branches = SlotPool<Branch>(limit: capacity + 1)
  private var nodes = PagedArray<Node>()
  private var freeNodes: [NodeID] = []
  private var root: NodeID = 0
  /// How many pairs there are.
  private(set) var count = 0
  /// The steps of the last search, the leaf's last.
  private var trail: [Step] = []

  init() {
    root = add(Node(run: pairs.makeRun(), count: 0, isLeaf: true))
  }

  /// The first pair that is not less than `pair`.
  func first(from pair: NumberPair) -> NumberPair? {
    descend(to: pair)
    guard let step = trail.last else { return nil }
    let leaf = node(step.node)
    if step.index < Int(leaf.count) { return pairs[leaf.run, step.index] }
    return nextLeaf().map { pairs[node($0).run, 0] }
  }

  /// The last pair that is not greater than `pair`.
  func last(through pair: NumberPair) -> NumberPair? {
    descend(to: pair)
    guard let step = trail.last else { return nil }
    let leaf = node(step.node)
    if step.index < Int(leaf.count), pairs[leaf.run, step.index] == pair { return pair }
    // The leaf was chosen for its first pair, which is not greater unless all are.
    return step.index > 0 ? pairs[leaf.run, step.index - 1] : nil
  }

  /// The greatest pair.
  var last: NumberPair? { last(through: NumberPair(first: .max, second: .max)) }

  /// Adds a pair.
  ///
  /// - Precondition: it is not there.
  func insert(_ pair: NumberPair) {
    descend(to: pair)
    let step = trail[trail.count - 1]
    var leaf = node(step.node)
    precondition(
      step.index == Int(leaf.count) || pairs[leaf.run, step.index] != pair, "\(pair) twice")
    pairs.replace(
      step.index..<step.index, of: &leaf.run, holding: Int(leaf.count),
      with: InlineArray(repeating: pair), 1)
    leaf.count += 1
    nodes[Int(step.node)] = leaf
    count += 1
    if step.index == 0 { setLeast(pair) }
    splitWhatIsFull()
  }

  /// Removes a pair.
  ///
  /// - Precondition: it is there.
  func remove(_ pair: NumberPair) {
    descend(to: pair)
    let step = trail[trail.count - 1]
    var leaf = node(step.node)
    precondition(
      step.index < Int(leaf.count) && pairs[leaf.run, step.index] == pair, "no \(pair)")
    pairs.replace(
      step.index..<step.index + 1, of: &leaf.run, holding: Int(leaf.count),
      with: InlineArray(repeating: pair), 0)
    leaf.count -= 1
    nodes[Int(step.node)] = leaf
    count -= 1
    if leaf.count == 0 {
      removeEmpty()
    } else if step.index == 0 {
      setLeast(pairs[leaf.run, 0])
    }
  }

  /// Goes to each pair, in order.
  func forEach(_ visit: (NumberPair) -> Void) {
    var steps = [Step(node: root, index: 0)]
    while let step = steps.popLast() {
      let node = node(step.node)
      if node.isLeaf {
        for index in 0..<Int(node.count) { visit(pairs[node.run, index]) }
      } else if step.index < Int(node.count) {
        steps.append(Step(node: step.node, index: step.index + 1))
        steps.append(Step(node: branches[node.run, step.index].child, index: 0))
      }
    }
  }

  private func node(_ id: NodeID) -> Node { nodes[Int(id)] }

  private func add(_ node: Node) -> NodeID {
    if let id = freeNodes.popLast() {
      nodes[Int(id)] = node
      return id
    }
    nodes.append(node)
    return NodeID(nodes.count - 1)
  }

  /// Goes down to where `pair` is or would be.
  private func descend(to pair: NumberPair) {
    trail.removeAll(keepingCapacity: true)
    var id = root
    while true {
      let node = node(id)
      var lower = 0
      var upper = Int(node.count)
      while lower < upper {
        let middle = (lower + upper) / 2
        let isBefore =
          node.isLeaf
          ? pairs[node.run, middle] < pair : branches[node.run, middle].least <= pair
        if isBefore { lower = middle + 1 } else { upper = middle }
      }
      if node.isLeaf {
        trail.append(Step(node: id, index: lower))
        return
      }
      let index = max(lower, 1) - 1
      trail.append(Step(node: id, index: index))
      id = branches[node.run, index].child
    }
  }

  /// The leaf behind the last one of the trail.
  private func nextLeaf() -> NodeID? {
    for step in trail.dropLast().reversed() {
      let parent = node(step.node)
      guard step.index + 1 < Int(parent.count) else { continue }
      var id = branches[parent.run, step.index + 1].child
      while !node(id).isLeaf { id = branches[node(id).run, 0].child }
      return id
    }
    return nil
  }

  /// Notes, above the last node of the trail, which pair is its first.
  private func setLeast(_ pair: NumberPair) {
    for step in trail.dropLast().reversed() {
      branches[node(step.node).run, step.index].least = pair
      guard step.index == 0 else { return }
    }
  }

  /// Splits the nodes of the trail that hold too much, from the leaf up.
  private func splitWhatIsFull() {
    while let step = trail.popLast(), Int(node(step.node).count) > Self.capacity {
      let half = split(step.node)
      if let parent = trail.last {
        insert(half, at: parent.index + 1, of: parent.node)
      } else {
        let first = Branch(least: least(of: step.node), child: step.node)
        var run = branches.makeRun()
        branches.store([first, half], in: &run)
        root = add(Node(run: run, count: 2, isLeaf: false))
      }
    }
  }

  private func insert(_ branch: Branch, at index: Int, of id: NodeID) {
    var parent = node(id)
    branches.replace(
      index..<index, of: &parent.run, holding: Int(parent.count),
      with: InlineArray(repeating: branch), 1)
    parent.count += 1
    nodes[Int(id)] = parent
  }

  private func least(of id: NodeID) -> NumberPair {
    let node = node(id)
    return node.isLeaf ? pairs[node.run, 0] : branches[node.run, 0].least
  }

  /// Moves the second half of a node to a new one.
  private func split(_ id: NodeID) -> Branch {
    var node = node(id)
    let half = Self.capacity / 2
    let count = Int(node.count)
    let child: NodeID
    if node.isLeaf {
      let slots = pairs.slots(of: node.run, count: count)
      var run = pairs.makeRun()
      pairs.store(slots[half...], in: &run)
      pairs.store(slots[..<half], in: &node.run)
      child = add(Node(run: run, count: UInt8(count - half), isLeaf: true))
    } else {
      let slots = branches.slots(of: node.run, count: count)
      var run = branches.makeRun()
      branches.store(slots[half...], in: &run)
      branches.store(slots[..<half], in: &node.run)
      child = add(Node(run: run, count: UInt8(count - half), isLeaf: false))
    }
    node.count = UInt8(half)
    nodes[Int(id)] = node
    return Branch(least: least(of: child), child: child)
  }

  /// Removes the last node of the trail, which is empty, and what is empty without it.
  private func removeEmpty() {
    while let step = trail.popLast(), let parent = trail.last {
      let empty = node(step.node)
      if empty.isLeaf { pairs.release(empty.run) } else { branches.release(empty.run) }
      freeNodes.append(step.node)
      var above = node(parent.node)
      branches.replace(
        parent.index..<parent.index + 1, of: &above.run, holding: Int(above.count),
        with: InlineArray(repeating: branches[above.run, parent.index]), 0)
      above.count -= 1
      nodes[Int(parent.node)] = above
      guard above.count == 0 else {
        if parent.index == 0 { setLeast(branches[above.run, 0].least) }
        return shrink()
      }
    }
    // Nothing is left: the root is a leaf again.
    guard !node(root).isLeaf else { return }
    branches.release(node(root).run)
    nodes[Int(root)] = Node(run: pairs.makeRun(), count: 0, isLeaf: true)
  }

  /// Makes the only child of the root the root.
  private func shrink() {
    while !node(root).isLeaf, node(root).count == 1 {
      let old = node(root)
      freeNodes.append(root)
      root = branches[old.run, 0].child
      branches.release(old.run)
    }
  }
}

extension OrderedPairs {
  /// Checks that the tree is in order.
  ///
  /// - Precondition: it is.
  func checkInvariants() {
    var before: NumberPair?
    var seen = 0
    forEach { pair in
      if let before { precondition(before < pair, "\(pair) behind \(before)") }
      before = pair
      seen += 1
    }
    precondition(seen == count, "\(seen) pairs of \(count)")
    checkBranches()
  }

  private func checkBranches() {
    var steps = [root]
    while let id = steps.popLast() {
      let node = node(id)
      precondition(id == root || node.count > 0, "an empty node")
      guard !node.isLeaf else { continue }
      for index in 0..<Int(node.count) {
        let branch = branches[node.run, index]
        precondition(
          least(of: branch.child) == branch.least,
          "\(branch.least) over \(least(of: branch.child))")
        steps.append(branch.child)
      }
    }
  }
}
