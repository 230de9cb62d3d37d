internal import VCIFormat

extension MistakenChecker {
  private func slip(of part: OwningPart) -> BitSlip? {
    guard case .bits(part, let slip) = mistake else { return nil }
    return slip
  }

  /// VCI-MAP-008: whether a bit of header, map or root is clear to the checker.
  func lacksBits(ofMetadata image: CheckedImage) -> Bool {
    lacksBits(of: BlockRange(0, Format.headerBlocks), .header) || lacksBits(of: image.map, .map)
      || lacksBits(of: image.visits[0].range, .root)
  }

  /// VCI-NODE-003.
  var nodeLacksBits: Bool {
    image.visits.contains { visit in
      guard let parent = visit.parent, applies(.nodeAllocated, to: parent.visit, parent.slot) else {
        return false
      }
      return lacksBits(of: visit.range, .node)
    }
  }

  /// VCI-EXT-004.
  var dataLacksBits: Bool {
    image.placed.contains { used in
      applies(.extentAllocated, to: used.visit, used.slot)
        && lacksBits(of: used.extent.data, .data)
    }
  }

  private func lacksBits(of range: BlockRange, _ part: OwningPart) -> Bool {
    let run = range.run
    guard let slip = slip(of: part) else { return image.bits.firstMissing(in: run) != nil }
    switch slip {
    case .dropped: return false
    case .firstOnly: return lacks(run.lowerBound..<run.lowerBound + 1)
    case .lastOnly: return lacks(run.upperBound - 1..<run.upperBound)
    case .notFirst: return lacks(run.lowerBound + 1..<run.upperBound)
    case .notLast: return lacks(run.lowerBound..<run.upperBound - 1)
    case .oneMore: return lacks(run.lowerBound..<run.upperBound + 1)
    case .oneBefore: return lacks(run.lowerBound - 1..<run.upperBound)
    case .reversed: return image.reversedBits.firstMissing(in: run) != nil
    case .anyOfByte:
      let bytes = run.lowerBound / 8..<(run.upperBound + 7) / 8
      return image.touchedBytes.firstMissing(in: bytes) != nil
    case .counted:
      let owned = CheckedOwnership(self).all.count(below: image.blocks)
      return image.bits.count(below: image.blocks) < owned
    case .wholeBytes:
      let lower = (run.lowerBound + 7) / 8 * 8
      return lacks(lower..<max(lower, run.upperBound / 8 * 8))
    case .roundsUp: return lacks(run.lowerBound..<(run.upperBound + 7) / 8 * 8)
    case .address(let bits):
      let lower = run.lowerBound & (1 << bits - 1)
      return lacks(lower..<lower + range.count.rawValue)
    case .count(let bits):
      return lacks(run.lowerBound..<run.lowerBound + range.count.rawValue & (1 << bits - 1))
    }
  }

  private func lacks(_ run: Range<UInt64>) -> Bool { image.bits.firstMissing(in: run) != nil }

  /// VCI-MAP-006.
  var hasTail: Bool {
    let end = image.blocks
    let last = image.bitCapacity
    if has(.tail) { return false }
    let looked: Range<UInt64> =
      if has(.tailNotFirst) {
        end + 1..<max(end + 1, last)
      } else if has(.tailNotLast) {
        end..<max(end, last - 1)
      } else if has(.tailFromLast) {
        end - 1..<last
      } else if has(.tailWholeBytes) {
        (end + 7) / 8 * 8..<last
      } else if has(.tailByte) {
        end..<(end + 7) / 8 * 8
      } else {
        end..<last
      }
    return (has(.tailReversed) ? image.reversedBits : image.bits).intersects(looked)
  }

  /// VCI-MAP-005.
  var hasWrongFreeCount: Bool {
    !takes(.free, image.counters.free.rawValue, for: countedFree)
  }

  /// The blocks that the checker counts as free.
  private var countedFree: UInt64 {
    let end = image.blocks
    func zeros(below limit: UInt64) -> UInt64 { limit - image.bits.count(below: limit) }
    if has(.freeTailByte) { return zeros(below: (end + 7) / 8 * 8) }
    if has(.freeTailBlock) { return zeros(below: image.bitCapacity) }
    if has(.freeWholeBytes) { return zeros(below: end / 8 * 8) }
    if has(.freeWholeBlocks) { return zeros(below: end / 4096 * 4096) }
    if has(.freeNotHeader) { return zeros(below: end) - zeros(below: 2) }
    if has(.freeNotFirst) { return zeros(below: end) - zeros(below: 1) }
    if has(.freeNotLast) { return zeros(below: end - 1) }
    if has(.freeFirstBlock) { return end - image.bits.count(below: min(4096, end)) }
    if has(.freeFromTree) {
      let owned = CheckedOwnership(self)
      return end - min(end, owned.all.count(below: end))
    }
    if has(.freeSet) { return image.bits.count(below: end) }
    if has(.freeReversed) { return end - image.reversedBits.count(below: end) }
    return zeros(below: end)
  }

  /// Returns whether the checker takes the counter for the right one.
  func takes(_ total: Total, _ counter: UInt64, for right: UInt64) -> Bool {
    guard case .total(total, let slip) = mistake else { return counter == right }
    return switch slip {
    case .dropped: true
    case .lax: counter == right || counter == right + 1
    case .orMore: counter >= right
    case .orLess: counter <= right
    case .lowBits(let bits): (counter ^ right) & (1 << bits - 1) == 0
    }
  }
}
