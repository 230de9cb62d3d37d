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
          .nodeApart, part: .map, at: namingPlace(of: index),
          expected: node.start(apartFrom: mapRange), actual: first)
        if isNoted { continue }
      }
      if let collision {
        add(
          .nodeApart, part: .node, at: namingPlace(of: index),
          expected: node.start(apartFrom: collision), actual: first)
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
        .extentApartFromMetadata, at: place(of: claim),
        expected: claim.range.start(apartFrom: other), actual: claim.first)
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
        .extentApartFromData, at: place(of: claim),
        expected: claim.range.start(apartFrom: collision), actual: claim.first)
    }
  }

  private func tellOfCollisions(_ done: Int, of total: Int) {
    if done % Self.tellingStep == 0 { tell?(.collisions(done: done, of: total)) }
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
  func start(apartFrom other: BlockRange) -> Expectation {
    let isBefore = first < other.first && other.first.rawValue >= count.rawValue + 2
    return isBefore
      ? .atMost(other.first.rawValue - count.rawValue) : .atLeast(other.end?.rawValue ?? .max)
  }

  /// Where the range would have to start so as not to meet what it meets first.
  fileprivate func start(apartFrom collision: PaintCollision) -> Expectation {
    switch collision {
    case .atStart(let free): .atLeast(free)
    case .inside(let block) where block >= count.rawValue + 2: .atMost(block - count.rawValue)
    case .inside: .not(first.rawValue)
    }
  }
}
