internal import VCIFormat

extension Suspects {
  /// Asks of the root the rules that an open judges; answers whether the model knows its bytes.
  mutating func judgeRoot() -> Bool {
    guard model.node(at: model.header.treeRoot) != nil else {
      let type = model.firstByte(of: model.header.treeRoot)
      guard NodeType(rawValue: type) == nil else { return false }
      add(.nodeType, at: model.header.treeRoot.bytes)
      return true
    }
    let walk = TreeWalk(model)
    self.walk = walk
    judgeNode(walk.visits[0])
    return true
  }

  /// Asks all other rules about the tree, whose root keeps what an open judges; answers whether the
  /// model knows all bytes that a walk comes to.
  mutating func judgeTree() -> Bool {
    guard let walk else { preconditionFailure("a tree that nobody has walked") }
    guard !walk.leadsAstray else { return false }
    for visit in walk.visits.dropFirst() { judgeNode(visit) }
    judgeRests(walk)
    judgeSteps(walk)
    judgeLevels(walk)
    judgeExtents(walk)
    let owned = Ownership(walk)
    judgeBits(walk)
    judgeNodePlaces(walk)
    judgeData(walk, owned)
    judgeLinks(walk)
    judgeTotals(owned)
    return true
  }

  /// Asks of a node what an open asks of the root.
  private mutating func judgeNode(_ visit: TreeWalk.Visit) {
    let situation: Situation = visit.entry == nil ? .root : .elsewhere
    guard let view = visit.view else {
      return add(.nodeType, at: visit.place.first.bytes, in: situation)
    }
    judgeSlots(view, visit, situation)
    if view.kind == .internal, !view.isUsed {
      add(.internalNodeUsed, at: visit.place.first.bytes, in: situation)
    }
    // Entries at the last level are asked nothing but whether they are there.
    guard view.kind == .leaf || visit.level < Format.maximumLevels else { return }
    judgeOrder(view, visit, situation)
  }

  private mutating func judgeSlots(
    _ view: ModelNode, _ visit: TreeWalk.Visit, _ situation: Situation
  ) {
    let first: Field = view.kind == .leaf ? .extentPrevious : .entryOffset
    var hasGap = false
    var isJudged = false
    for slot in 0..<view.slotCount {
      switch view.state(of: slot) {
      case .unused: hasGap = true
      case .used:
        guard hasGap, !isJudged else { continue }
        add(.nodeEntriesFirst, at: visit.place(of: first, slot), in: situation)
        isJudged = true
      case .half: add(.nodeEntriesWhole, at: visit.place(of: first, slot), in: situation)
      }
    }
  }

  private mutating func judgeOrder(
    _ view: ModelNode, _ visit: TreeWalk.Visit, _ situation: Situation
  ) {
    let isLeaf = view.kind == .leaf
    let field: Field = isLeaf ? .extentOffset : .entryOffset
    var end: UInt128 = 0
    for range in view.usedRanges {
      let place = visit.place(of: field, range.slot)
      if range.lower < end { add(isLeaf ? .extentOrder : .entryOrder, at: place, in: situation) }
      end = range.upper
      guard end > UInt128(1) << 54 else { continue }
      add(isLeaf ? .extentWithinDisk : .entryWithinDisk, at: place, in: situation)
    }
  }
}

extension Suspects {
  /// Asks which nodes have stray bytes, and which leaves hold nothing.
  private mutating func judgeRests(_ walk: TreeWalk) {
    for visit in walk.visits {
      guard let view = visit.view else { continue }
      if let stray = view.firstStray {
        add(.nodeRestZero, at: visit.place.first.bytes + UInt64(stray))
      }
      if visit.entry != nil, view.kind == .leaf, !view.isUsed {
        add(.leafUsed, at: visit.place.first.bytes)
      }
    }
  }

  /// Asks of each used entry of an internal node where it leads.
  private mutating func judgeSteps(_ walk: TreeWalk) {
    for (step, outcome) in walk.steps {
      let visit = walk.visits[step.visit]
      let place = visit.place(of: .entryChild, step.slot)
      switch outcome {
      case .tooDeep: add(.treeDepth, at: place, in: .elsewhere)
      case .unreadable: judgeUnreadable(step, at: place)
      case .read(let child): judgeRange(of: step, holding: walk.visits[child], in: visit)
      case .cycle(let child):
        add(.nodeNamedOnce, at: place, in: .cycle)
        judgeRange(of: step, holding: walk.visits[child], in: visit)
      case .shared(let child):
        add(.nodeNamedOnce, at: place, in: .shared)
        judgeRange(of: step, holding: walk.visits[child], in: visit)
      }
    }
  }

  private mutating func judgeUnreadable(_ step: TreeWalk.Step, at place: UInt64) {
    let child = BlockRange(step.entry.child, Format.nodeBlocks)
    let object = Suspected.entry(visit: step.visit, slot: step.slot)
    if !model.isInRange(child) { add(.childInRange, at: place, on: object, in: .elsewhere) }
    if !model.isInFile(child) { add(.dataInFile, at: place, on: object, in: .elsewhere) }
  }

  /// Asks whether what a child holds lies in the range of the entry that names it.
  private mutating func judgeRange(
    of step: TreeWalk.Step, holding child: TreeWalk.Visit, in visit: TreeWalk.Visit
  ) {
    guard let view = child.view else { return }
    let lower = UInt128(step.entry.offset.rawValue)
    let upper = lower + UInt128(step.entry.blocks.rawValue)
    let isWithin = view.usedRanges.allSatisfy { lower <= $0.lower && $0.upper <= upper }
    if !isWithin {
      add(.childWithinEntry, at: visit.place(of: .entryOffset, step.slot), in: .elsewhere)
    }
  }

  /// Asks whether all leaves lie as deep as the first.
  private mutating func judgeLevels(_ walk: TreeWalk) {
    let leaves = walk.visits.filter { $0.view?.kind == .leaf }
    for leaf in leaves where leaf.level != leaves[0].level {
      add(.leavesLevel, at: leaf.place.first.bytes)
    }
  }
}

extension TreeWalk.Visit {
  /// Where a field of a slot stands in the file.
  func place(of field: Field, _ slot: Int) -> UInt64 {
    field.position(inNodeAt: place.first.bytes, slot: slot)
  }
}
