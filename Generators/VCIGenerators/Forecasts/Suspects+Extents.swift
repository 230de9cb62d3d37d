internal import VCIFormat

extension Suspects {
  /// Asks of each used extent where its data lies, and of its flags.
  mutating func judgeExtents(_ walk: TreeWalk) {
    for (index, visit) in walk.visits.enumerated() {
      guard let view = visit.view, view.kind == .leaf else { continue }
      for (slot, extent) in view.extents.enumerated() where extent.slotState == .used {
        judge(extent, slot, of: visit, on: .extent(visit: index, slot: slot))
      }
    }
  }

  private mutating func judge(
    _ extent: Extent, _ slot: Int, of visit: TreeWalk.Visit, on object: Suspected
  ) {
    let place = visit.place(of: .extentAddress, slot)
    if !model.isInRange(extent.data) { add(.extentInRange, at: place, on: object) }
    if !model.isInFile(extent.data) { add(.dataInFile, at: place, on: object) }
    if extent.flags != 0 { add(.extentFlags, at: visit.place(of: .extentFlags, slot)) }
    if extent.reserved != 0 {
      add(.extentReservedZero, at: visit.place(of: .extentReserved, slot))
    }
  }

  /// Asks whether the bits of header, map, nodes and data are set.
  mutating func judgeBits(_ walk: TreeWalk) {
    for part in [BlockRange(0, Format.headerBlocks), model.map, walk.visits[0].place] {
      if let clear = model.bits.firstMissing(in: part.run) {
        add(.mapHoldsMetadata, at: model.position(ofBitmapByte: clear / 8))
      }
    }
    for visit in walk.visits {
      guard let step = visit.entry, model.bits.firstMissing(in: visit.place.run) != nil else {
        continue
      }
      add(.nodeAllocated, at: walk.visits[step.visit].place(of: .entryChild, step.slot))
    }
    for placed in walk.placedExtents
    where model.bits.firstMissing(in: placed.extent.data.run) != nil {
      add(.extentAllocated, at: walk.place(of: placed))
    }
  }

  /// Asks which nodes meet the map or an earlier node.
  mutating func judgeNodePlaces(_ walk: TreeWalk) {
    let places = walk.visits.map(\.place)
    let parts = BlockRuns([model.map] + places)
    let claimed = model.map.count.rawValue + UInt64(places.count) * Format.nodeBlocks.rawValue
    guard parts.count(below: .max) < claimed else { return }
    for (index, visit) in walk.visits.enumerated() {
      guard let step = visit.entry else { continue }
      if visit.place.overlaps(model.map) || places[..<index].contains(where: visit.place.overlaps) {
        add(.nodeApart, at: walk.visits[step.visit].place(of: .entryChild, step.slot))
      }
    }
  }

  /// Asks which data meets metadata, or the data of an earlier extent.
  mutating func judgeData(_ walk: TreeWalk, _ owned: Ownership) {
    let placed = walk.placedExtents
    for extent in placed where owned.metadata.intersects(extent.extent.data.run) {
      add(.extentApartFromMetadata, at: walk.place(of: extent))
    }
    let claimed = placed.reduce(0) { $0 + $1.extent.blocks.rawValue }
    guard BlockRuns(placed.map(\.extent.data)).count(below: .max) < claimed else { return }
    let order = placed.indices.sorted {
      placed[$0].extent.address < placed[$1].extent.address
    }
    var later: Set<Int> = []
    var open: [Int] = []
    for index in order {
      let data = placed[index].extent.data
      open.removeAll { !placed[$0].extent.data.overlaps(data) }
      for other in open { later.insert(max(index, other)) }
      open.append(index)
    }
    for index in later.sorted() {
      add(.extentApartFromData, at: walk.place(of: placed[index]))
    }
  }
}

extension TreeWalk {
  /// Where an extent says where its data lies.
  func place(of placed: PlacedExtent) -> UInt64 {
    visits[placed.visit].place(of: .extentAddress, placed.slot)
  }
}

extension BlockRange {
  /// The blocks, of a range whose end 64 bits can hold.
  var run: BlockRuns.Run { first.rawValue..<first.rawValue + count.rawValue }
}
