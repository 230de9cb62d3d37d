internal import VCIFormat

extension BrokenRules {
  /// Predicts for the root what an open checks, see `predictNode(_:)`. Returns whether the model
  /// knows the bytes to which the header's root address leads.
  mutating func predictRoot() -> Bool {
    guard model.node(at: model.header.treeRoot) != nil else {
      let type = model.firstByte(of: model.header.treeRoot)
      guard NodeType(rawValue: type) == nil else { return false }
      add(.nodeType, at: model.header.treeRoot.bytes)
      return true
    }
    let walk = TreeWalk(model)
    self.walk = walk
    predictNode(walk.visits[0])
    return true
  }

  /// Predicts everything else about the tree. Returns whether the model knows all nodes that a walk
  /// reads.
  ///
  /// - Precondition: `predictRoot()` was called and returned `true`.
  mutating func predictTree() -> Bool {
    guard let walk else { preconditionFailure("a tree that was not walked") }
    guard !walk.leadsAstray else { return false }
    for visit in walk.visits.dropFirst() { predictNode(visit) }
    predictRests(walk)
    predictSteps(walk)
    predictLevels(walk)
    predictExtents(walk)
    let owned = Ownership(walk)
    predictBits(walk)
    predictNodeOverlaps(walk)
    predictDataOverlaps(walk, owned)
    predictLinks(walk)
    predictTotals(owned)
    return true
  }

  /// VCI-NODE-001, VCI-NODE-009 and those of the two functions below: what an open checks of the
  /// root.
  private mutating func predictNode(_ visit: TreeWalk.Visit) {
    let situation: Situation = visit.entry == nil ? .root : .elsewhere
    guard let view = visit.view else {
      return add(.nodeType, at: visit.range.first.bytes, in: situation)
    }
    predictSlots(view, visit, situation)
    if view.kind == .internal, !view.isUsed {
      add(.internalNodeUsed, at: visit.range.first.bytes, in: situation)
    }
    // The ranges of entries at the last level are not checked.
    guard view.kind == .leaf || visit.level < Format.maximumLevels else { return }
    predictOrder(view, visit, situation)
  }

  /// VCI-NODE-006, VCI-NODE-007: a used slot after an unused one, and half-zero slots.
  private mutating func predictSlots(
    _ view: ModelNode, _ visit: TreeWalk.Visit, _ situation: Situation
  ) {
    let first: Field = view.kind == .leaf ? .extentPrevious : .entryOffset
    var hasGap = false
    var isFound = false
    for slot in 0..<view.slotCount {
      switch view.state(of: slot) {
      case .unused: hasGap = true
      case .used:
        guard hasGap, !isFound else { continue }
        add(.nodeEntriesFirst, at: visit.offset(of: first, slot), in: situation)
        isFound = true
      case .half: add(.nodeEntriesWhole, at: visit.offset(of: first, slot), in: situation)
      }
    }
  }

  /// VCI-INT-001, VCI-INT-002, VCI-EXT-001, VCI-EXT-002: the order of used slots, and the end of
  /// the disk.
  private mutating func predictOrder(
    _ view: ModelNode, _ visit: TreeWalk.Visit, _ situation: Situation
  ) {
    let isLeaf = view.kind == .leaf
    let field: Field = isLeaf ? .extentOffset : .entryOffset
    var end: UInt128 = 0
    for range in view.usedRanges {
      let offset = visit.offset(of: field, range.slot)
      if range.lower < end { add(isLeaf ? .extentOrder : .entryOrder, at: offset, in: situation) }
      end = range.upper
      guard end > UInt128(1) << 54 else { continue }
      add(isLeaf ? .extentWithinDisk : .entryWithinDisk, at: offset, in: situation)
    }
  }
}

extension BrokenRules {
  /// VCI-NODE-008, VCI-NODE-010: nodes with stray bytes, and empty leaves below the root.
  private mutating func predictRests(_ walk: TreeWalk) {
    for visit in walk.visits {
      guard let view = visit.view else { continue }
      if let stray = view.firstStray {
        add(.nodeRestZero, at: visit.range.first.bytes + UInt64(stray))
      }
      if visit.entry != nil, view.kind == .leaf, !view.isUsed {
        add(.leafUsed, at: visit.range.first.bytes)
      }
    }
  }

  /// VCI-NODE-002, VCI-NODE-004, VCI-NODE-012, VCI-FILE-006: the child that each used entry names.
  private mutating func predictSteps(_ walk: TreeWalk) {
    for (step, outcome) in walk.steps {
      let visit = walk.visits[step.visit]
      let offset = visit.offset(of: .entryChild, step.slot)
      switch outcome {
      case .tooDeep: add(.treeDepth, at: offset, in: .elsewhere)
      case .unreadable:
        let child = BlockRange(step.entry.child, Format.nodeBlocks)
        let object = BrokenRule.Object.entry(visit: step.visit, slot: step.slot)
        if !model.isInRange(child) { add(.childInRange, at: offset, on: object, in: .elsewhere) }
        if !model.isInFile(child) { add(.dataInFile, at: offset, on: object, in: .elsewhere) }
      case .read(let child): predictRange(of: step, holding: walk.visits[child], in: visit)
      case .cycle(let child):
        add(.nodeNamedOnce, at: offset, in: .cycle)
        predictRange(of: step, holding: walk.visits[child], in: visit)
      case .shared(let child):
        add(.nodeNamedOnce, at: offset, in: .shared)
        predictRange(of: step, holding: walk.visits[child], in: visit)
      }
    }
  }

  /// VCI-INT-003: a child that holds blocks outside its entry's range.
  private mutating func predictRange(
    of step: TreeWalk.Step, holding child: TreeWalk.Visit, in visit: TreeWalk.Visit
  ) {
    guard let view = child.view, !view.isWithin(step.entry) else { return }
    add(.childWithinEntry, at: visit.offset(of: .entryOffset, step.slot), in: .elsewhere)
  }

  /// VCI-NODE-011: leaves at another level than the first leaf.
  private mutating func predictLevels(_ walk: TreeWalk) {
    let leaves = walk.visits.filter { $0.view?.kind == .leaf }
    for leaf in leaves where leaf.level != leaves[0].level {
      add(.leavesLevel, at: leaf.range.first.bytes)
    }
  }
}

extension TreeWalk.Visit {
  /// The file offset of a field of a slot.
  func offset(of field: Field, _ slot: Int) -> UInt64 {
    field.position(inNodeAt: range.first.bytes, slot: slot)
  }
}
