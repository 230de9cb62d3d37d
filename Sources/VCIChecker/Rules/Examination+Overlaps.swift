internal import VCIFormat

extension Examination {
  /// Judges which nodes and extents meet what claims its blocks before them; O(n log n).
  mutating func judgeCollisions() {
    judgeNodesApart()
    judgeDataApartFromMetadata()
    judgeDataApart()
  }

  private mutating func judgeNodesApart() {
    guard nodes.count > 1 else { return }
    var places: [UInt64] = []
    places.reserveCapacity(nodes.count * 2)
    for index in 0..<UInt32(nodes.count) {
      let first = nodes[index].address.rawValue
      places += [first, first + Format.nodeBlocks.rawValue]
    }
    var painting = Painting(consume places)
    for index in 0..<UInt32(nodes.count) {
      let node = BlockRange(nodes[index].address, Format.nodeBlocks)
      let first = node.first.rawValue
      let collision = painting.paint(first..<first + node.count.rawValue)
      guard index > 0 else { continue }
      if node.overlaps(mapRange) {
        let isNoted = add(
          nodeField(
            .nodeApart, .checkerNodeApartFromMap, index, node.place(apartFrom: mapRange),
            first))
        if isNoted { continue }
      }
      if let collision {
        add(
          nodeField(
            .nodeApart, .checkerNodeApartFromNode, index, node.place(apartFrom: collision),
            first))
      }
    }
  }

  private mutating func judgeDataApartFromMetadata() {
    let metadata = metadataClaims()
    for index in 0..<claims.count {
      tellOfCollisions(index, of: claims.count * 2)
      let claim = claims[index]
      let isOnMap = claim.range.overlaps(mapRange)
      guard let other = isOnMap ? mapRange : metadata.firstMeeting(claim)?.range else { continue }
      add(
        dataField(
          .extentApartFromMetadata, .checkerExtentApartFromMetadata, claim.node ?? 0, claim.slot,
          claim.range.place(apartFrom: other), claim.first))
    }
  }

  private mutating func judgeDataApart() {
    var places: [UInt64] = []
    places.reserveCapacity(claims.count * 2)
    for claim in claims.pieces.joined() {
      places.append(claim.first)
      places.append(claim.end)
    }
    var painting = Painting(consume places)
    for index in 0..<claims.count {
      tellOfCollisions(claims.count + index, of: claims.count * 2)
      let claim = claims[index]
      guard let collision = painting.paint(claim.blocks) else { continue }
      add(
        dataField(
          .extentApartFromData, .checkerExtentApartFromData, claim.node ?? 0, claim.slot,
          claim.range.place(apartFrom: collision), claim.first))
    }
  }

  private func tellOfCollisions(_ done: Int, of total: Int) {
    if done % Self.tellingStep == 0 { tell?(.collisions(done: done, of: total)) }
  }

  /// A violation in the entry that names a node.
  func nodeField(
    _ rule: Rule, _ site: Fault, _ node: UInt32, _ expected: Expectation, _ actual: UInt64
  ) -> Violation? {
    let record = nodes[node]
    let parent = nodes[record.parent]
    return Violation(
      rule, site: site,
      at: .entry(nodes.path(of: record.parent), slot: record.slot, .entryChild),
      offset: Field.entryChild.position(inNodeAt: parent.address.bytes, slot: record.slot),
      length: 8, expected: expected, actual: actual, inDirtyImage: header.isDirty)
  }
}

extension [Claim] {
  /// The first of these claims of metadata, which ascend, that has a block of `claim`; the map, which
  /// may be longer than a node, is not looked for.
  fileprivate func firstMeeting(_ claim: Claim) -> Claim? {
    // All others have the size of a node at most.
    let start = claim.first - Swift.min(claim.first, Format.nodeBlocks.rawValue - 1)
    let nearest = self[partitionPoint { $0.first >= start }...].first { $0.end > claim.first }
    return nearest.flatMap { $0.first < claim.end ? $0 : nil }
  }
}

extension BlockRange {
  /// Where the range would have to start so as not to meet `other`, on the side that is nearer.
  ///
  /// - Precondition: the two overlap, and `other` ends where 64 bits can hold it.
  func place(apartFrom other: BlockRange) -> Expectation {
    let isBefore = first < other.first && other.first.rawValue >= count.rawValue + 2
    return isBefore
      ? .atMost(other.first.rawValue - count.rawValue) : .atLeast(other.end?.rawValue ?? .max)
  }

  /// Where the range would have to start so as not to meet what it meets first.
  fileprivate func place(apartFrom collision: PaintCollision) -> Expectation {
    switch collision {
    case .atStart(let free): .atLeast(free)
    case .inside(let block) where block >= count.rawValue + 2: .atMost(block - count.rawValue)
    case .inside: .not(first.rawValue)
    }
  }
}
