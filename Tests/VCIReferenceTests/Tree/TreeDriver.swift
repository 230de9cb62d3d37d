import Testing
import VCIFormat
@testable import VCIReference

/// A tree, a model of it, and the space of its nodes: every change goes to all of them, and is held
/// against what it was said to cost.
struct TreeDriver {
  let tree: ExtentTree
  private(set) var model = TreeModel()
  private(set) var space: RecordingSpace
  /// The nodes that the file has, by address, as they were at the last flush.
  private var durable: [UInt64: NodeImage]
  /// What was done.
  private(set) var tally = Tally()

  struct Tally {
    var inserts = 0
    var removals = 0
    var holes = 0
    var merged = 0
    var branches = 0
    var growths = 0
    var shrinks = 0
    var refused = 0
    var exactCosts = 0
    var levels = 1

    mutating func add(_ other: Tally) {
      inserts += other.inserts
      removals += other.removals
      holes += other.holes
      merged += other.merged
      branches += other.branches
      growths += other.growths
      shrinks += other.shrinks
      refused += other.refused
      exactCosts += other.exactCosts
      levels = max(levels, other.levels)
    }
  }

  init(_ limits: TreeLimits) { self.init(ExtentTree(emptyRootAt: 4, limits: limits)) }

  /// Drives a tree that is in the file, whose extents are in the order of their use.
  init(_ tree: ExtentTree) {
    self.tree = tree
    tree.markDurable()
    durable = tree.images(fresh: false)
    space = RecordingSpace(durable: Set(durable.keys))
    for offset in tree.order.reversed() {
      let extent = tree.everyExtent.first { $0.offset == offset }
      if let extent { model.insert(extent, near: nil, upTo: 0) }
    }
  }

  mutating func flush() {
    tree.markDurable()
    space.flush()
    durable = tree.images(fresh: false)
  }

  /// Writes disk blocks whose data lies from `address` on, in as many steps as that takes; answers
  /// how many of the blocks were dropped.
  @discardableResult
  mutating func write(
    _ start: UInt64, _ end: UInt64, at address: UInt64, reserved: UInt8 = 0
  ) -> UInt64 {
    var dropped: UInt64 = 0
    var from = start
    while from < end {
      let placement = tree.placement(from: BlockOffset(from), to: BlockOffset(end))
      let blocks = Cover(start: from, end: placement.end)
      let extent = TreeModel.Extent(
        offset: from, count: blocks.count, address: address + from - start, reserved: reserved)
      if let cost = cost(placement, ExtentTree.Change(blocks: blocks, adds: true)) {
        insert(extent, placement, cost)
      } else {
        dropped += blocks.count
        remove(blocks.start, blocks.end)
      }
      from = placement.end
    }
    return dropped
  }

  /// Removes disk blocks; where there is no slot for what is left of an extent, its end goes too.
  mutating func remove(_ start: UInt64, _ end: UInt64) {
    var from = start
    while let placement = tree.removal(from: BlockOffset(from), to: BlockOffset(end)) {
      var until = min(placement.end, end)
      while !hasRemoved(from, until) {
        guard let extent = model.first(from: from), extent.end > until else {
          Issue.record("no slot where nothing is parted: \(from) to \(until)")
          return
        }
        until = extent.end
      }
      from = placement.end
    }
    hold(!model.overlaps(start, end))
  }

  private mutating func hasRemoved(_ start: UInt64, _ end: UInt64) -> Bool {
    let blocks = Cover(start: start, end: end)
    guard let placement = tree.removal(from: BlockOffset(start), to: BlockOffset(end)),
      let cost = cost(placement, ExtentTree.Change(blocks: blocks, adds: false))
    else { return false }
    hold(placement.end == end)
    remove(blocks, placement, cost)
    return true
  }

  private mutating func insert(
    _ extent: TreeModel.Extent, _ placement: ExtentTree.Placement, _ cost: ExtentTree.Cost
  ) {
    let before = model
    let limits = tree.limits
    model.insert(
      extent, near: near(placement), upTo: min(limits.mergedBlocks, limits.span).rawValue)
    var unmerged = before
    unmerged.insert(extent, near: nil, upTo: 0)
    let isMerged = unmerged.extents.count > model.extents.count
    tally.inserts += 1
    tally.merged += isMerged ? 1 : 0
    tally.branches += placement.branches ? 1 : 0
    change(placement, cost, isMerged) { tree, space in
      tree.insert(
        ExtentSlot(
          offset: BlockOffset(extent.offset),
          data: BlockRange(BlockAddress(extent.address), BlockCount(extent.count)),
          reserved: extent.reserved), at: placement, in: &space)
    }
    checkData(before, removed: before.blocks + extent.count - model.blocks)
  }

  /// The disk blocks of the leaf that a placement leads to: what is merged lies in one leaf.
  private func near(_ placement: ExtentTree.Placement) -> Cover? {
    guard !placement.branches, let leaf = placement.trail.last?.node, tree[leaf].count > 0 else {
      return nil
    }
    return tree.cover(of: leaf)
  }

  private mutating func remove(
    _ blocks: Cover, _ placement: ExtentTree.Placement, _ cost: ExtentTree.Cost
  ) {
    let before = model
    model.remove(blocks.start, blocks.end)
    tally.removals += 1
    tally.holes += model.extents.count > before.extents.count ? 1 : 0
    change(placement, cost, false) { tree, space in
      tree.remove(to: BlockOffset(blocks.end), at: placement, in: &space)
    }
    checkData(before, removed: before.blocks - model.blocks)
  }

  /// Records an issue where a condition does not hold: what `#expect` does takes most of the time
  /// of a small tree's change.
  private func hold(
    _ condition: Bool, _ what: @autoclosure () -> String = "", line: Int = #line
  ) {
    guard !condition else { return }
    Issue.record("line \(line): \(what()); \(tree.shape)")
  }

  /// Makes a change, and checks all that can be said of it.
  private mutating func change(
    _ placement: ExtentTree.Placement, _ cost: ExtentTree.Cost, _ isMerged: Bool,
    _ body: (ExtentTree, inout RecordingSpace) -> Void
  ) {
    let levels = tree.levels
    let merges = tree.merges
    let trail = placement.trail.map { tree[$0.node].address.rawValue }
    let copied = trail.filter { durable[$0] != nil }
    space.begin()
    body(tree, &space)
    tree.checkInvariants()
    hold(cost.copies == copied.count)
    hold(cost.copies <= levels)
    let additions = space.placed.count - cost.copies
    hold(additions >= 0 && additions <= cost.additions, "\(space.placed.count) nodes, \(cost)")
    let old = space.released.filter { durable[$0] != nil }
    hold(Set(old).isSuperset(of: copied))
    hold(old.count - copied.count <= Int(tree.merges - merges) + max(levels - tree.levels, 0))
    hold(tree.levels <= cost.levels)
    if !isMerged {
      hold(additions == cost.additions || cost.levels > levels, "\(additions), \(cost)")
      hold(cost.levels == levels || tree.levels > levels, "\(tree.levels) levels, \(cost)")
      tally.exactCosts += 1
    }
    tally.growths += tree.levels > levels ? 1 : 0
    tally.shrinks += tree.levels < levels ? 1 : 0
    tally.levels = max(tally.levels, tree.levels)
    checkNodes()
    hold(tree.everyExtent == model.extents)
    hold(tree.order == model.order)
  }

  /// Checks that the space has the nodes of the tree, and that none that the file has was changed.
  private func checkNodes() {
    let old = tree.images(fresh: false)
    let new = tree.images(fresh: true)
    hold(space.live == Set(old.keys).union(new.keys))
    hold(old.count + new.count == tree.nodeCount)
    hold(Set(new.keys).isDisjoint(with: durable.keys))
    for (address, image) in old { hold(durable[address] == image, "node \(address)") }
  }

  /// Checks that data that was given back was mapped, `removed` blocks of it, and is not now.
  private func checkData(_ before: TreeModel, removed: UInt64) {
    hold(space.data.reduce(0) { $0 + $1.count.rawValue } == removed)
    for run in space.data {
      let end = run.first.rawValue + run.count.rawValue
      hold(
        before.extents.contains {
          $0.address <= run.first.rawValue && $0.address + $0.count >= end
        })
      hold(
        !model.extents.contains {
          $0.address < end && $0.address + $0.count > run.first.rawValue
        })
    }
  }

  /// What a change costs; where it cannot be made, checks that there is no slot for it.
  private mutating func cost(
    _ placement: ExtentTree.Placement, _ change: ExtentTree.Change
  ) -> ExtentTree.Cost? {
    if let cost = tree.cost(of: placement, change) { return cost }
    tally.refused += 1
    let limits = tree.limits
    let path = placement.trail.map { tree[$0.node] }
    for node in path where !node.isLeaf { hold(Int(node.count) == limits.entriesPerNode) }
    guard tree.levels < limits.levels else { return nil }
    var after = model
    let blocks = change.blocks
    after.remove(blocks.start, blocks.end)
    let isLeaf = path[0].isLeaf
    hold(isLeaf || placement.branches)
    var covers =
      isLeaf
      ? after.extents.map { Cover(start: $0.offset, end: $0.end) }
      : (0..<Int(path[0].count)).map { tree.entry(path[0], $0).cover }
    if change.adds { covers.append(blocks) }
    covers.sort { $0.start < $1.start }
    let limit = isLeaf ? limits.extentsPerLeaf : limits.entriesPerNode
    hold(
      fewestGroups(covers, limit, limits.span.rawValue) > limits.entriesPerNode, "\(covers)")
    return nil
  }

  /// In how few groups of at most `limit` neighbours, none of which covers more than `span`, runs
  /// can be parted: by trying every first group, from the back.
  private func fewestGroups(_ covers: [Cover], _ limit: Int, _ span: UInt64) -> Int {
    var fewest = Array(repeating: 0, count: covers.count + 1)
    for first in covers.indices.reversed() {
      fewest[first] = .max
      for last in first..<min(first + limit, covers.count)
      where covers[last].end - covers[first].start <= span {
        fewest[first] = min(fewest[first], 1 + fewest[last + 1])
      }
    }
    return fewest[0]
  }
}
