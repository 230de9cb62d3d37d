internal import VCIFormat

extension ExtentTree {
  /// Visits the nodes in preorder, children from left to right, but none below a node for which
  /// `enters` returns `false`, nor that node.
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

  /// Visits each leaf from left to right.
  func walkLeaves<Failure: Error>(
    _ visit: (NodeID) throws(Failure) -> Void
  ) throws(Failure) {
    try walk(entering: { _ in true }) { id throws(Failure) in
      if self[id].isLeaf { try visit(id) }
    }
  }

  /// Visits each extent in the order of the disk.
  func walkExtents<Failure: Error>(
    _ visit: (ExtentSlot) throws(Failure) -> Void
  ) throws(Failure) {
    try walkLeaves { id throws(Failure) in
      for index in 0..<Int(self[id].count) { try visit(extent(self[id], index)) }
    }
  }

  /// Notes that the tree in the file is this one: no node is fresh.
  func markDurable() {
    walk(entering: \.isFresh) { self[$0].isFresh = false }
  }
}
