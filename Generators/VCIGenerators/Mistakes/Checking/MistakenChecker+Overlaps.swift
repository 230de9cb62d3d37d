internal import VCIFormat

/// A part of an image that claims blocks.
private struct Claim {
  let blocks: BlockRange
  /// Its rank among the claims; header, map and root come first, then nodes, then data.
  let rank: Int
  /// The visit of the node that names it, or of the leaf that it belongs to.
  let owner: Int?
  /// The visit of the node; `nil` for map and data.
  var visit: Int?
  var isMap = false
}

extension MistakenChecker {
  private func slip(in overlap: Overlap) -> OverlapSlip? {
    guard case .overlap(overlap, let slip) = mistake else { return nil }
    return slip
  }

  private var mapClaim: Claim { Claim(blocks: image.map, rank: -1, owner: nil, isMap: true) }

  private var nodeClaims: [Claim] {
    image.visits.enumerated().map {
      Claim(blocks: $1.range, rank: $0, owner: $1.parent?.visit, visit: $0)
    }
  }

  private var dataClaims: [Claim] {
    image.placed.enumerated().map {
      Claim(blocks: $1.extent.data, rank: image.visits.count + $0, owner: $1.visit)
    }
  }

  /// VCI-NODE-005.
  var nodesOverlap: Bool {
    let nodes = nodeClaims.filter { claim in
      guard let visit = claim.visit, let parent = image.visits[visit].parent else { return true }
      return applies(.nodeApart, to: parent.visit, parent.slot)
    }
    return hasOverlap(in: nodes.dropFirst() + [mapClaim], .nodeAndMap) { $0.isMap && !$1.isMap }
      || hasOverlap(in: nodes, .nodes) { _, _ in true }
  }

  /// VCI-EXT-005.
  var dataOverlapsMetadata: Bool {
    let data = applied(dataClaims, .extentApartFromMetadata)
    return hasOverlap(in: data + [mapClaim], .dataAndMap) { $0.isMap && !$1.isMap }
      || hasOverlap(in: data + nodeClaims, .dataAndNode) { node, data in
        node.visit != nil && data.visit == nil && isCompared(data, with: node)
      }
  }

  private func isCompared(_ data: Claim, with node: Claim) -> Bool {
    switch slip(in: .dataAndNode) {
    case .rootOnly: node.visit == 0
    case .notRoot: node.visit != 0
    case .readSoFar: (node.visit ?? 0) <= (data.owner ?? 0)
    case .ownLeaf: node.visit == data.owner
    default: true
    }
  }

  /// VCI-EXT-006.
  var dataOverlaps: Bool {
    if slip(in: .data) == .countsAddUp {
      let owned = CheckedOwnership(self)
      let told = image.placed.reduce(owned.metadataBlocks) { $0 + $1.extent.blocks.rawValue }
      return told > image.bits.count(below: image.blocks)
    }
    return hasOverlap(in: applied(dataClaims, .extentApartFromData), .data) { _, _ in true }
  }

  private func applied(_ data: [Claim], _ rule: Rule) -> [Claim] {
    guard scope?.rule == rule else { return data }
    return zip(data, image.placed).filter { applies(rule, to: $1.visit, $1.slot) }.map(\.0)
  }

  /// Returns whether two claims overlap as the checker sees it: a sweep over the claims in file
  /// order. `areCompared` is asked with the earlier one first.
  private func hasOverlap(
    in claims: [Claim], _ overlap: Overlap, _ areCompared: (Claim, Claim) -> Bool
  ) -> Bool {
    let slip = slip(in: overlap)
    guard slip != .dropped else { return false }
    let seen = claims.map { (claim: $0, run: Self.seen($0.blocks, slip)) }
      .sorted { $0.run.lowerBound < $1.run.lowerBound }
    var open: [(claim: Claim, run: Range<UInt64>)] = []
    for next in seen {
      // Parts that touch are kept, for those who think that they overlap.
      open.removeAll { $0.run.upperBound < next.run.lowerBound }
      for other in open {
        let (earlier, later) = other.claim.rank < next.claim.rank ? (other, next) : (next, other)
        guard areCompared(earlier.claim, later.claim) else { continue }
        if Self.overlap(earlier.run, later.run, slip), takes(earlier.claim, later.claim, slip) {
          return true
        }
      }
      open.append(next)
    }
    return false
  }

  private func takes(_ earlier: Claim, _ later: Claim, _ slip: OverlapSlip?) -> Bool {
    switch slip {
    case .sameNode: earlier.owner == later.owner
    case .neighbours: later.rank - earlier.rank == 1
    default: true
    }
  }

  /// Returns the blocks that the checker takes a part for.
  private static func seen(_ blocks: BlockRange, _ slip: OverlapSlip?) -> Range<UInt64> {
    var (first, count) = (blocks.first.rawValue, blocks.count.rawValue)
    switch slip {
    case .address(let bits): first &= 1 << bits - 1
    case .count(let bits): count &= 1 << bits - 1
    case .rounds(let unit):
      let end = (first + count + unit - 1) / unit * unit
      first = first / unit * unit
      count = end - first
    default: break
    }
    return first..<first + count
  }

  private static func overlap(
    _ earlier: Range<UInt64>, _ later: Range<UInt64>, _ slip: OverlapSlip?
  ) -> Bool {
    let both = earlier.clamped(to: later)
    guard slip != .strict else {
      return earlier.lowerBound <= later.upperBound && later.lowerBound <= earlier.upperBound
    }
    guard !both.isEmpty else { return false }
    return switch slip {
    case .lax: both.count > 1
    case .laterStart: earlier.contains(later.lowerBound)
    case .laterEnd: earlier.contains(later.upperBound - 1)
    case .earlierStart: later.contains(earlier.lowerBound)
    case .inside: both == earlier || both == later
    case .sameStart: earlier.lowerBound == later.lowerBound
    default: true
    }
  }
}
