internal import VCIFormat

extension ExtentTree {
  /// Goes to each node for which `enters` answers yes, and that is below none for which it answers no:
  /// a node before its children, children from left to right.
  func walk<Failure: Error>(
    entering enters: (Node) -> Bool, _ visit: (NodeID) throws(Failure) -> Void
  ) throws(Failure) {
    guard enters(self[root]) else { return }
    var steps = [Step(node: root, index: 0)]
    try visit(root)
    while let step = steps.last {
      let node = self[step.node]
      guard !node.isLeaf, step.index < Int(node.count) else {
        steps.removeLast()
        continue
      }
      steps[steps.count - 1].index += 1
      let child = entry(node, step.index).child
      guard enters(self[child]) else { continue }
      try visit(child)
      steps.append(Step(node: child, index: 0))
    }
  }

  /// Goes to each node that is fresh.
  func walkFresh<Failure: Error>(
    _ visit: (NodeID) throws(Failure) -> Void
  ) throws(Failure) {
    try walk(entering: \.isFresh, visit)
  }

  /// Goes to each leaf, from left to right.
  func walkLeaves<Failure: Error>(
    _ visit: (NodeID) throws(Failure) -> Void
  ) throws(Failure) {
    try walk(entering: { _ in true }) { id throws(Failure) in
      if self[id].isLeaf { try visit(id) }
    }
  }

  /// Notes that the tree that is in the file is this one: no node is fresh.
  func markDurable() {
    walkFresh { self[$0].isFresh = false }
  }
}
