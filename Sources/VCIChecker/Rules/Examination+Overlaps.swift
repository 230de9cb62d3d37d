internal import VCIFormat

extension Examination {
  /// VCI-NODE-005, VCI-EXT-005, VCI-EXT-006: no node or extent has blocks that something before it
  /// in walk order claims; O(n log n).
  mutating func checkOverlaps() {
    checkNodesApart()
    checkDataApartFromMetadata()
    checkDataApart()
  }

  /// VCI-NODE-005.
  private mutating func checkNodesApart() {
    guard nodes.count > 1 else { return }
    var places: [UInt64] = []
    places.reserveCapacity(nodes.count * 2)
    for index in 0..<UInt32(nodes.count) {
      let first = nodes[index].address.rawValue
      places += [first, first + Format.nodeBlocks.rawValue]
    }
    var overlaps = BlockOverlaps(consume places)
    for index in 0..<UInt32(nodes.count) {
      let node = BlockRange(nodes[index].address, Format.nodeBlocks)
      let first = node.first.rawValue
      let overlap = overlaps.add(first..<first + node.count.rawValue)
      guard index > 0 else { continue }
      if node.overlaps(mapRange) {
        let isReported = add(
          .nodeApart, part: .map, at: namingPlace(of: index),
          expected: node.start(apartFrom: mapRange), actual: first)
        if isReported { continue }
      }
      if let overlap {
        add(
          .nodeApart, part: .node, at: namingPlace(of: index),
          expected: node.start(apartFrom: overlap), actual: first)
      }
    }
  }

  /// VCI-EXT-005.
  private mutating func checkDataApartFromMetadata() {
    let metadata = metadataClaims()
    for index in 0..<claims.count {
      tellOfOverlaps(index, of: claims.count * 2)
      let claim = claims[index]
      let isOnMap = claim.range.overlaps(mapRange)
      guard let other = isOnMap ? mapRange : metadata.firstMeeting(claim)?.range else { continue }
      add(
        .extentApartFromMetadata, at: place(of: claim),
        expected: claim.range.start(apartFrom: other), actual: claim.first)
    }
  }

  /// VCI-EXT-006.
  private mutating func checkDataApart() {
    var places: [UInt64] = []
    places.reserveCapacity(claims.count * 2)
    for claim in claims.pieces.joined() {
      places.append(claim.first)
      places.append(claim.end)
    }
    var overlaps = BlockOverlaps(consume places)
    for index in 0..<claims.count {
      tellOfOverlaps(claims.count + index, of: claims.count * 2)
      let claim = claims[index]
      guard let overlap = overlaps.add(claim.blocks) else { continue }
      add(
        .extentApartFromData, at: place(of: claim),
        expected: claim.range.start(apartFrom: overlap), actual: claim.first)
    }
  }

  private func tellOfOverlaps(_ done: Int, of total: Int) {
    if done % Self.tellingStep == 0 { tell?(.collisions(done: done, of: total)) }
  }
}

extension [Claim] {
  /// Returns the first of these claims of metadata that has a block of `claim`.
  ///
  /// - Precondition: they ascend, and the map, which may be longer than a node, has none.
  fileprivate func firstMeeting(_ claim: Claim) -> Claim? {
    // Nothing but the map is longer than a node.
    let start = claim.first - Swift.min(claim.first, Format.nodeBlocks.rawValue - 1)
    let nearest = self[partitionPoint { $0.first >= start }...].first { $0.end > claim.first }
    return nearest.flatMap { $0.first < claim.end ? $0 : nil }
  }
}

extension BlockRange {
  /// Returns where the range would have to start to end before `other`, or else to start after it.
  ///
  /// - Precondition: the two overlap, and `other` ends where 64 bits can hold it.
  func start(apartFrom other: BlockRange) -> Expectation {
    let isBefore = first < other.first && other.first.rawValue >= count.rawValue + 2
    return isBefore
      ? .atMost(other.first.rawValue - count.rawValue) : .atLeast(other.end?.rawValue ?? .max)
  }

  /// Returns where the range would have to start to avoid the overlap that was found first.
  fileprivate func start(apartFrom overlap: BlockOverlap) -> Expectation {
    switch overlap {
    case .atStart(let free): .atLeast(free)
    case .inside(let block) where block >= count.rawValue + 2: .atMost(block - count.rawValue)
    case .inside: .not(first.rawValue)
    }
  }
}
