internal import VCIFormat

extension StoredTree {
  /// A node that a search is at.
  struct Step {
    let node: KeptNode
    let path: NodePath
    /// The first of its entries that the search has not come to yet.
    var next: Int
    /// The first disk block that the search no longer asks this node for.
    let end: BlockOffset

    var place: Place { .node(path, at: node.address) }
  }

  /// An extent that a search found.
  struct Found {
    let extent: Extent
    /// Its slot, and the node that has the slot.
    let slot: Int
    let path: NodePath
    let node: KeptNode

    var place: Place { .node(path, at: node.address) }
  }

  /// What a search comes to first.
  enum Finding {
    case extent(Found)
    /// A node that is refused; this is the first disk block that would be looked for in it.
    case damage(Violation, from: BlockOffset)
  }

  /// The extent that holds `block`, or else the first one behind it and before `end`; or the node,
  /// where one comes first, that does not pass what is asked of it; `nil` where there is neither.
  ///
  /// Nodes are come to from left to right, as far as `end`, each looked at for what the entries
  /// above leave to it. A search in a node takes a number of steps that grows with the logarithm
  /// of its slots, at level 16 with their number.
  ///
  /// - Throws: `ImageError.fileShrank`, `.storage`.
  func first(from block: BlockOffset, before end: BlockOffset) throws(ImageError) -> Finding? {
    var start = block
    var trail = [step(to: root, .root, from: start, before: end)]
    while let step = trail.last {
      if step.node.type == .leaf {
        if let found = extent(in: step, from: start) { return .extent(found) }
      } else if trail.count == Format.maximumLevels {
        if let finding = tooDeep(step, from: start) { return finding }
      } else if let index = nextEntry(of: step, from: start) {
        trail[trail.count - 1].next = index + 1
        let entry = self.entry(index)
        start = max(start, entry.offset)
        do throws(ImageError) {
          let child = try self.child(index, behind: trail)
          let path = step.path.child(Int(entry.slot))
          trail.append(self.step(to: child, path, from: start, before: min(step.end, entry.end)))
        } catch {
          guard case .violation(let violation) = error else { throw error }
          return .damage(violation, from: start)
        }
        continue
      }
      start = max(start, step.end)
      trail.removeLast()
    }
    return nil
  }

  private func step(
    to node: KeptNode, _ path: NodePath, from start: BlockOffset, before end: BlockOffset
  ) -> Step {
    let index = node.type == .leaf ? node.first : firstEntry(of: node, from: start)
    return Step(node: node, path: path, next: index, end: end)
  }

  /// The index of the first entry of `node` that ends behind `start`.
  private func firstEntry(of node: KeptNode, from start: BlockOffset) -> Int {
    let index = node.firstSlot { entry($0).end > start }
    Faults.entryFound(index, from: start, in: node, of: self)
    return index
  }

  /// The index of the next entry that covers something from `start` on and before the step's end.
  private func nextEntry(of step: Step, from start: BlockOffset) -> Int? {
    guard start < step.end else { return nil }
    var index = step.next
    while index < step.node.end {
      let entry = self.entry(index)
      if entry.offset >= step.end { return nil }
      if entry.end > start { return index }
      index += 1
    }
    return nil
  }

  /// The extent of a leaf that holds `start`, or else the first one behind it and before the step's
  /// end.
  private func extent(in step: Step, from start: BlockOffset) -> Found? {
    let node = step.node
    let found = node.firstSlot { extent($0).end > start }
    let index = Faults.extentFound(found, from: start, in: node, of: self)
    guard index < node.end, extent(index).offset < step.end else { return nil }
    let kept = extent(index)
    return Found(extent: kept.extent, slot: Int(kept.slot), path: step.path, node: node)
  }

  /// The entry at level 16 that covers `start`, or else the nearest one behind it and before the
  /// step's end: nothing may be there. The entries need not be in order.
  private func tooDeep(_ step: Step, from start: BlockOffset) -> Finding? {
    let entries = (step.node.first..<step.node.end).lazy.map { self.entry($0) }
    let nearest =
      entries.first { $0.offset <= start && $0.end > start }
      ?? entries.filter { $0.offset > start && $0.offset < step.end }.min { $0.offset < $1.offset }
    guard let entry = nearest else { return nil }
    return depthViolation(entry, in: step).map { .damage($0, from: max(start, entry.offset)) }
  }

  /// VCI-NODE-012, of an entry at level 16.
  func depthViolation(_ entry: KeptEntry, in step: Step) -> Violation? {
    Violation(
      .treeDepth, by: .reference, at: step.place.slot(Int(entry.slot), .entryChild),
      expected: .exactly(0), actual: entry.link)
  }
}

extension StoredTree.KeptNode {
  /// The index after that of its last slot.
  var end: Int { first + Int(count) }

  /// The index of the first slot for which `isReached` answers yes, where it answers so for all
  /// behind it too; `end` where it never does.
  func firstSlot(where isReached: (Int) -> Bool) -> Int {
    var lower = first
    var upper = end
    while lower < upper {
      let middle = lower + (upper - lower) / 2
      if isReached(middle) { upper = middle } else { lower = middle + 1 }
    }
    return lower
  }
}

extension StoredTree.KeptEntry {
  /// The disk block after the last that it covers, as far as 64 bits can count.
  var end: BlockOffset { BlockOffset(offset.rawValue.saturatingSum(blocks)) }
}

extension StoredTree.KeptExtent {
  /// The disk block after the last that it holds, as far as 64 bits can count.
  var end: BlockOffset { BlockOffset(offset.rawValue.saturatingSum(blocks)) }
}

extension UInt64 {
  /// The number and so many blocks, or all that 64 bits can hold.
  func saturatingSum(_ blocks: BlockCount) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(blocks.rawValue)
    return overflow ? .max : sum
  }
}
