internal import VCIFormat

extension PlanSketch {
  /// Returns the sketch with node `number` as root. Returns `nil` if there is no such node.
  func withRoot(_ number: Int) -> PlanSketch? {
    guard let node = root.all.first(where: { $0.number == number }) else { return nil }
    var sketch = self
    sketch.root = node
    (sketch.root.gap, sketch.root.trail) = (0, 0)
    sketch.forgetOthers()
    return sketch
  }

  /// Returns the sketch without some leaves, and without the internal nodes that have no other
  /// leaves. Returns `nil` if no leaf remains.
  func without(leaves: Set<Int>) -> PlanSketch? {
    guard let root = root.without(leaves) else { return nil }
    var sketch = self
    sketch.root = root
    sketch.forgetOthers()
    return sketch
  }

  /// Returns the sketch without some extents.
  func without(extents: Set<Int>) -> PlanSketch {
    var sketch = self
    sketch.root.changeAll { node in
      if node.isLeaf { node.extents.removeAll { extents.contains($0.number) } }
    }
    sketch.forgetOthers()
    return sketch
  }

  /// Returns the sketch without a level below the root. Its entries move to the level above.
  func without(level: Int) -> PlanSketch {
    var sketch = self
    sketch.root.removeLevel(level)
    sketch.forgetOthers()
    return sketch
  }

  /// Returns the sketch with a child of `parent` merged with its right neighbour.
  func merged(child: Int, of parent: Int) -> PlanSketch {
    var sketch = self
    sketch.root.changeAll { node in
      guard node.number == parent, child + 1 < node.children.count else { return }
      node.children[child].take(node.children[child + 1])
      node.children.remove(at: child + 1)
    }
    sketch.forgetOthers()
    return sketch
  }

  /// The numbers of the leaves, from left to right.
  var leafNumbers: [Int] { root.all.filter(\.isLeaf).map(\.number) }

  /// The number of levels of the tree.
  var depth: Int {
    var node = root
    var depth = 1
    while let child = node.children.first {
      node = child
      depth += 1
    }
    return depth
  }
}

extension PlanSketch.Node {
  /// Changes the node, and then all nodes below it.
  fileprivate mutating func changeAll(_ change: (inout PlanSketch.Node) -> Void) {
    change(&self)
    guard !isLeaf else { return }
    var children = children
    for index in children.indices { children[index].changeAll(change) }
    self.children = children
  }

  fileprivate func without(_ leaves: Set<Int>) -> PlanSketch.Node? {
    guard !isLeaf else { return leaves.contains(number) ? nil : self }
    var node = self
    node.children = children.compactMap { $0.without(leaves) }
    return node.children.isEmpty ? nil : node
  }

  fileprivate mutating func removeLevel(_ level: Int) {
    guard !isLeaf else { return }
    if level == 1 {
      children = children.flatMap { child in
        var grandchildren = child.children
        if !grandchildren.isEmpty { grandchildren[0].gap += child.gap }
        return grandchildren
      }
    } else {
      var children = children
      for index in children.indices { children[index].removeLevel(level - 1) }
      self.children = children
    }
  }

  fileprivate mutating func take(_ neighbour: PlanSketch.Node) {
    if isLeaf {
      extents += neighbour.extents
    } else {
      children += neighbour.children
    }
  }
}

extension PlanSketch {
  /// The numbers that may be lowered: the tail of the cache and the slack of the file, the gaps
  /// between parts of the file, then gaps on the disk and sizes of extents, in preorder.
  var numbers: [UInt64] {
    get {
      [tail, slack] + pieces.map(\.gap)
        + root.all.flatMap { node in
          [node.gap, node.trail] + node.extents.flatMap { [$0.gap, $0.blocks - 1] }
        }
    }
    set {
      var index = 0
      func next() -> UInt64 {
        defer { index += 1 }
        return newValue[index]
      }
      (tail, slack) = (next(), next())
      for piece in pieces.indices { pieces[piece].gap = next() }
      root.changeAll { node in
        (node.gap, node.trail) = (next(), next())
        guard node.isLeaf else { return }
        for slot in node.extents.indices {
          node.extents[slot].gap = next()
          node.extents[slot].blocks = next() + 1
        }
      }
    }
  }

  /// The number of elements of `numbers` about the file. The elements after them are about the
  /// disk.
  var fileNumbers: Int { 2 + pieces.count }

  /// The parts in the usual order of a file: the map, the nodes, the data.
  var usualOrder: [Part] {
    [.map] + nodeNumbers.map { .node($0) } + extentNumbers.map { .extent($0) }
  }

  /// The sketch with its parts in the usual order.
  var inOrder: PlanSketch {
    var sketch = self
    for (index, part) in usualOrder.enumerated() { sketch.pieces[index].part = part }
    return sketch
  }

  /// Returns the sketch with the elements of `numbers` in `range` set to 0.
  func lowest(_ range: Range<Int>) -> PlanSketch {
    var sketch = self
    var numbers = numbers
    for index in range { numbers[index] = 0 }
    sketch.numbers = numbers
    return sketch
  }

  /// The same tree in the simplest image: a clean, dynamic one without a list.
  var usual: PlanSketch {
    var sketch = self
    (sketch.list, sketch.type, sketch.isDirty) = (nil, .dynamic, false)
    (sketch.isLarger, sketch.isMapClear, sketch.modificationUUID) = (false, false, .nil)
    sketch.imageUUID = Self.usualUUID
    return sketch
  }

  /// Sketches that each set one property to its usual value, or sort the list.
  var moreUsual: [PlanSketch] {
    let usual = usual
    var sketches = [PlanSketch](repeating: self, count: 7)
    sketches[0].list = nil
    sketches[1].list = list.map { _ in extentNumbers }
    (sketches[2].type, sketches[6].isMapClear) = (.dynamic, false)
    (sketches[3].isDirty, sketches[3].isMapClear) = (false, false)
    sketches[4].isLarger = false
    (sketches[5].imageUUID, sketches[5].modificationUUID) = (usual.imageUUID, .nil)
    return sketches
  }

  private static let usualUUID = ImageUUID(
    high: 0x5643_4900_0000_4000, low: 0x8000_0000_0000_0001)
}
