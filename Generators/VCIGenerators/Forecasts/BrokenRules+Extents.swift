internal import VCIFormat

extension BrokenRules {
  /// VCI-EXT-003, VCI-EXT-007, VCI-EXT-008, VCI-FILE-006: each used extent by itself.
  mutating func predictExtents(_ walk: TreeWalk) {
    for used in walk.usedExtents {
      let extent = used.extent
      let object = BrokenRule.Object.extent(visit: used.visit, slot: used.slot)
      let offset = walk.offset(of: .extentAddress, used)
      if !model.isInRange(extent.data) { add(.extentInRange, at: offset, on: object) }
      if !model.isInFile(extent.data) { add(.dataInFile, at: offset, on: object) }
      if extent.flags != 0 { add(.extentFlags, at: walk.offset(of: .extentFlags, used)) }
      if extent.reserved != 0 {
        add(.extentReservedZero, at: walk.offset(of: .extentReserved, used))
      }
    }
  }

  /// VCI-MAP-008, VCI-NODE-003, VCI-EXT-004: clear bits of header, map, nodes and data.
  mutating func predictBits(_ walk: TreeWalk) {
    for part in [BlockRange(0, Format.headerBlocks), model.map, walk.visits[0].range] {
      if let clear = model.bits.firstMissing(in: part.run) {
        add(.mapHoldsMetadata, at: model.offset(ofBitmapByte: clear / 8))
      }
    }
    for visit in walk.visits where model.bits.firstMissing(in: visit.range.run) != nil {
      guard let step = visit.entry else { continue }
      add(.nodeAllocated, at: walk.visits[step.visit].offset(of: .entryChild, step.slot))
    }
    for placed in walk.placedExtents
    where model.bits.firstMissing(in: placed.extent.data.run) != nil {
      add(.extentAllocated, at: walk.offset(of: .extentAddress, placed))
    }
  }

  /// VCI-NODE-005: nodes that overlap the map or an earlier node.
  mutating func predictNodeOverlaps(_ walk: TreeWalk) {
    let ranges = walk.visits.map(\.range)
    let parts = BlockRuns([model.map] + ranges)
    let claimed = model.map.count.rawValue + UInt64(ranges.count) * Format.nodeBlocks.rawValue
    guard parts.count(below: .max) < claimed else { return }
    for (index, visit) in walk.visits.enumerated() {
      guard let step = visit.entry else { continue }
      if visit.range.overlaps(model.map) || ranges[..<index].contains(where: visit.range.overlaps) {
        add(.nodeApart, at: walk.visits[step.visit].offset(of: .entryChild, step.slot))
      }
    }
  }

  /// VCI-EXT-005, VCI-EXT-006: data that overlaps metadata, or data of an earlier extent.
  mutating func predictDataOverlaps(_ walk: TreeWalk, _ owned: Ownership) {
    let placed = walk.placedExtents
    for extent in placed where owned.metadata.intersects(extent.extent.data.run) {
      add(.extentApartFromMetadata, at: walk.offset(of: .extentAddress, extent))
    }
    let claimed = placed.reduce(0) { $0 + $1.extent.blocks.rawValue }
    guard BlockRuns(placed.map(\.extent.data)).count(below: .max) < claimed else { return }
    let order = placed.indices.sorted {
      placed[$0].extent.address < placed[$1].extent.address
    }
    // A sweep over the data in file order; `open` are the extents that may reach further.
    var later: Set<Int> = []
    var open: [Int] = []
    for index in order {
      let data = placed[index].extent.data
      open.removeAll { !placed[$0].extent.data.overlaps(data) }
      for other in open { later.insert(max(index, other)) }
      open.append(index)
    }
    for index in later.sorted() {
      add(.extentApartFromData, at: walk.offset(of: .extentAddress, placed[index]))
    }
  }
}

extension TreeWalk {
  /// The file offset of a field of an extent.
  func offset(of field: Field, _ used: UsedExtent) -> UInt64 {
    visits[used.visit].offset(of: field, used.slot)
  }
}
