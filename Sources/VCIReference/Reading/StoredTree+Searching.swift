internal import VCIFormat

extension StoredTree {
  /// A node on the path of a search.
  struct Step {
    let node: KeptNode
    let path: NodePath
    /// The index of its first entry that was not searched yet.
    var next: Int
    /// The disk block after the last that is searched for in this node.
    let end: BlockOffset

    var place: Place { .node(path, at: node.address) }
  }

  /// An extent that a search found, and the slot that has it.
  struct FoundExtent {
    let extent: Extent
    let slot: Int
    /// The node of the slot.
    let node: Place

    /// The place of a field of the extent.
    func place(_ field: Field) -> Place { node.slot(slot, field) }
  }

  /// The outcome of a search.
  enum SearchResult {
    case extent(FoundExtent)
    /// A node is refused; `from` is the first disk block that would be searched for in it.
    case damage(Violation, from: BlockOffset)
  }

  /// The extent that holds `block`, or else the first one after it and before `end`; or the first
  /// damaged node, if the search reaches it before; `nil` if there is neither.
  ///
  /// Nodes are searched from left to right, each for the disk blocks that the entries above leave
  /// to it. A search in a node of n slots takes O(log n) steps, at level 16 O(n).
  ///
  /// - Throws: `ImageError.fileShrank`, `.storage`.
  func first(from block: BlockOffset, before end: BlockOffset) throws(ImageError) -> SearchResult? {
    var start = block
    var trail = [step(to: root, .root, from: start, before: end)]
    while let step = trail.last {
      if step.node.type == .leaf {
        if let found = extent(in: step, from: start) { return .extent(found) }
      } else if trail.count == Format.maximumLevels {
        if let damage = tooDeep(step, from: start) { return damage }
      } else if let index = nextEntry(of: step, from: start) {
        trail[trail.count - 1].next = index + 1
        let entry = self.entry(index)
        start = max(start, entry.offset)
        do throws(ImageError) {
          let child = try self.child(index, below: trail)
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

  /// The index of the first entry of `node` that ends after `start`.
  private func firstEntry(of node: KeptNode, from start: BlockOffset) -> Int {
    let index = node.firstSlot { entry($0).end > start }
    Faults.entryFound(index, from: start, in: node, of: self)
    return index
  }

  /// The index of the next entry that covers something from `start` on and before the step's end.
  private func nextEntry(of step: Step, from start: BlockOffset) -> Int? {
    guard start < step.end else { return nil }
    let index = (step.next..<step.node.end).first { entry($0).end > start }
    guard let index, entry(index).offset < step.end else { return nil }
    return index
  }

  /// The extent of a leaf that holds `start`, or else the first one after it and before the step's
  /// end.
  private func extent(in step: Step, from start: BlockOffset) -> FoundExtent? {
    let node = step.node
    let found = node.firstSlot { extent($0).end > start }
    let index = Faults.extentFound(found, from: start, in: node, of: self)
    guard index < node.end, extent(index).offset < step.end else { return nil }
    let kept = extent(index)
    return FoundExtent(extent: kept.extent, slot: Int(kept.slot), node: step.place)
  }

  /// The violation of the entry at level 16 that covers `start`, or else of the nearest one after
  /// it and before the step's end. The entries need not be in order.
  private func tooDeep(_ step: Step, from start: BlockOffset) -> SearchResult? {
    let entries = (step.node.first..<step.node.end).lazy.map { self.entry($0) }
    let nearest =
      entries.first { $0.offset <= start && $0.end > start }
      ?? entries.filter { $0.offset > start && $0.offset < step.end }.min { $0.offset < $1.offset }
    guard let entry = nearest else { return nil }
    return depthViolation(entry, in: step).map { .damage($0, from: max(start, entry.offset)) }
  }

  /// VCI-NODE-012: the violation of an entry at level 16.
  func depthViolation(_ entry: KeptEntry, in step: Step) -> Violation? {
    Violation(
      .treeDepth, by: .reference, at: step.place.slot(Int(entry.slot), .entryChild),
      expected: .exactly(0), actual: entry.link)
  }
}

extension StoredTree.KeptNode {
  /// The index after that of its last slot.
  var end: Int { first + Int(count) }

  /// The index of the first slot for which `isReached` returns true, as it does for all after it;
  /// `end` if there is none.
  func firstSlot(where isReached: (Int) -> Bool) -> Int {
    (first..<end).partitionPoint(where: isReached)
  }
}

extension StoredTree.KeptEntry {
  /// The disk block after the last, or the largest number if 64 bits cannot hold it.
  var end: BlockOffset { offset.adding(blocks) ?? BlockOffset(.max) }
}

extension StoredTree.KeptExtent {
  /// The disk block after the last, or the largest number if 64 bits cannot hold it.
  var end: BlockOffset { offset.adding(blocks) ?? BlockOffset(.max) }
}
