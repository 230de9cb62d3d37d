internal import VCIFormat

extension ExtentTree {
  /// The place of a change in the tree: one leaf, or a new branch.
  struct Placement {
    /// The nodes that change, from the root down.
    fileprivate(set) var trail: [Step]
    /// The first disk block that changes.
    let start: UInt64
    /// The disk block before which a change here must end.
    fileprivate(set) var end: UInt64
    /// Whether the node of the last step is internal and gets a new branch of nodes at its slot
    /// `index`.
    let branches: Bool
  }

  /// A change at a placement: cached disk blocks are removed, and replaced by an extent or not.
  struct Change {
    let blocks: Cover
    /// Whether they are one extent after the change, or not cached.
    let adds: Bool
  }

  /// The nodes that a change needs.
  struct Cost: Equatable {
    /// Nodes that are copied: as many are released.
    var copies: Int
    /// Nodes that are new.
    var additions = 0
    /// The levels of the tree after it.
    var levels: Int

    /// Nodes that must be placed.
    var nodes: Int { copies + additions }
  }

  /// The placement of an extent from `start` on, which replaces what is cached there; it may end
  /// before `end`.
  ///
  /// If no entry can cover both the extent and the leaf it belongs to, it gets its own branch.
  func placement(from start: BlockOffset, to end: BlockOffset) -> Placement {
    let span = limits.span.rawValue
    var placed = Cover(
      start: start.rawValue, end: min(end.rawValue, start.rawValue + span))
    var steps: [Step] = []
    steps.reserveCapacity(levels)
    var id = root
    while !self[id].isLeaf {
      let choice = choose(in: self[id], &placed)
      steps.append(Step(node: id, index: choice.index))
      guard choice.fits else {
        return Placement(trail: steps, start: placed.start, end: placed.end, branches: true)
      }
      id = entry(self[id], choice.index).child
    }
    steps.append(Step(node: id, index: 0))
    return Placement(trail: steps, start: placed.start, end: placed.end, branches: false)
  }

  /// The slot of an internal node whose child can be widened to cover `placed`, which is cut to
  /// what it can cover; or else the slot of a new child.
  private func choose(in node: Node, _ placed: inout Cover) -> (index: Int, fits: Bool) {
    let start = placed.start
    let span = limits.span.rawValue
    let after = firstEntry(of: node) { $0.offset > start }
    let next = after < Int(node.count) ? entry(node, after) : nil
    if after > 0 {
      let first = entry(node, after - 1).offset
      if start - first < span {
        placed.end = min(placed.end, next?.offset ?? .max, first + span)
        return (after - 1, true)
      }
    }
    if let next, next.end - start <= span {
      if after + 1 < Int(node.count) {
        placed.end = min(placed.end, entry(node, after + 1).offset)
      }
      return (after, true)
    }
    placed.end = min(placed.end, next?.offset ?? .max)
    return (after, false)
  }

  /// The placement of a removal of the first extent from `start` to before `end`; `nil` if there is
  /// none.
  func removal(from start: BlockOffset, to end: BlockOffset) -> Placement? {
    guard find(from: start.rawValue), let last = trail.last else { return nil }
    guard extent(self[last.node], last.index).offset < end.rawValue else { return nil }
    var until = end.rawValue
    for step in trail.dropLast() {
      let node = self[step.node]
      guard step.index + 1 < Int(node.count) else { continue }
      until = min(until, entry(node, step.index + 1).offset)
    }
    return Placement(trail: trail, start: start.rawValue, end: until, branches: false)
  }

  /// The cost of a change at a placement; `nil` if the root has no slot for it.
  ///
  /// It follows what the change will do, level by level; tests hold the two together.
  func cost(of placement: Placement, _ change: Change) -> Cost? {
    let copies = placement.trail.count { !self[$0.node].isFresh }
    var cost = Cost(copies: copies, levels: levels)
    var steps = placement.trail[...]
    var grows: Bool
    if placement.branches {
      cost.additions = levels - placement.trail.count
      grows = true
    } else {
      let leaf = self[steps.removeLast().node]
      let count = slots(of: leaf, after: change)
      if count <= limits.extentsPerLeaf { return cost }
      if steps.isEmpty { return growing(cost, covers(of: leaf, after: change), count) }
      cost.additions = 1
      grows = true
    }
    while grows, let step = steps.popLast() {
      let node = self[step.node]
      grows = Int(node.count) == limits.entriesPerNode
      guard grows else { break }
      if steps.isEmpty {
        let covers = covers(
          of: node, with: change.blocks, at: step.index, isNew(step, placement))
        return growing(cost, covers, covers.count)
      }
      cost.additions += 1
    }
    return cost
  }

  /// The cost if the root's slots, `count` of them, must move to new nodes below it.
  private func growing(_ cost: Cost, _ covers: [Cover], _ count: Int) -> Cost? {
    let groups = groups(of: covers, limit(of: self[root])).count
    guard levels < limits.levels, groups <= limits.entriesPerNode else { return nil }
    var cost = cost
    cost.additions += groups
    cost.levels += 1
    return cost
  }

  /// Whether the node of a step gets a new branch, not the second half of a child.
  private func isNew(_ step: Step, _ placement: Placement) -> Bool {
    placement.branches && step.node == placement.trail.last?.node
  }

  /// How many slots a leaf uses after a change.
  private func slots(of leaf: Node, after change: Change) -> Int {
    let range = overlap(of: leaf, change.blocks)
    var count = Int(leaf.count) - range.count + (change.adds ? 1 : 0)
    if let first = range.first, extent(leaf, first).offset < change.blocks.start { count += 1 }
    if let last = range.last, extent(leaf, last).end > change.blocks.end { count += 1 }
    return count
  }

  /// The indices of the extents of a leaf that overlap `changed`.
  func overlap(of leaf: Node, _ changed: Cover) -> Range<Int> {
    let first = firstExtent(of: leaf) { $0.end > changed.start }
    var last = first
    while last < Int(leaf.count), extent(leaf, last).offset < changed.end { last += 1 }
    return first..<last
  }

  /// The runs of disk blocks that a root leaf holds after a change.
  private func covers(of leaf: Node, after change: Change) -> [Cover] {
    let changed = change.blocks
    var covers: [Cover] = change.adds ? [changed] : []
    for index in 0..<Int(leaf.count) {
      let held = cover(leaf, index)
      if held.start < changed.start {
        covers.append(Cover(start: held.start, end: min(held.end, changed.start)))
      }
      if held.end > changed.end {
        covers.append(Cover(start: max(held.start, changed.end), end: held.end))
      }
    }
    return covers.sorted { $0.start < $1.start }
  }

  /// The most that the entries of an internal root can cover after its child at `index` covers
  /// `changed` and was split, or got a new sibling there.
  private func covers(
    of node: Node, with changed: Cover, at index: Int, _ isNew: Bool
  ) -> [Cover] {
    var covers = (0..<Int(node.count)).map { cover(node, $0) }
    if isNew {
      covers.insert(changed, at: index)
    } else {
      covers[index] = covers[index].union(changed)
      covers.insert(covers[index], at: index)
    }
    return covers
  }

  /// Divides slots into as few groups as possible that each fit into one node, by their number and
  /// by what an entry can cover.
  func groups(of covers: [Cover], _ limit: Int) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var first = 0
    for index in covers.indices.dropFirst() {
      let cover = covers[first].union(covers[index])
      guard index - first == limit || cover.count > limits.span.rawValue else { continue }
      groups.append(first..<index)
      first = index
    }
    return groups + [first..<covers.count]
  }
}
