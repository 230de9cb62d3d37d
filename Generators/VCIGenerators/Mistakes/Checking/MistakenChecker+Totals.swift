internal import VCIFormat

/// The blocks that the parts of an image own, as a checker counts them.
struct CheckedOwnership {
  let metadata: BlockRuns
  let all: BlockRuns
  let metadataBlocks: UInt64
  let dataBlocks: UInt64

  init(_ checker: MistakenChecker) {
    let image = checker.image
    let nodes = image.visits.map(\.range)
    let data = image.placed.map(\.extent.data)
    let header = BlockRange(0, Format.headerBlocks)
    let parts = [header, image.map] + nodes
    metadata = BlockRuns(parts)
    all = BlockRuns(parts + data)
    var counted =
      checker.has(.totalsNodesTwice)
      ? parts.reduce(0) { $0 + $1.count.rawValue } : metadata.count(below: .max)
    let dataOnly = all.count(below: .max) - metadata.count(below: .max)
    if checker.has(.totalsHeader) { counted -= 2 }
    if checker.has(.totalsMapHeader) { counted -= 1 }
    if checker.has(.totalsMap) { counted -= image.map.count.rawValue }
    if checker.has(.totalsRoot) { counted -= Format.nodeBlocks.rawValue }
    var dataCounted = dataOnly
    if checker.has(.totalsDataTwice) { dataCounted = data.reduce(0) { $0 + $1.count.rawValue } }
    if checker.has(.totalsDataFirst) { dataCounted = BlockRuns(data).count(below: .max) }
    if checker.has(.totalsClear) {
      func clear(_ runs: BlockRuns) -> UInt64 {
        runs.subtracting(image.bits).reduce(0) { $0 + UInt64($1.count) }
      }
      counted -= clear(metadata)
      dataCounted -= clear(all) - clear(metadata)
    }
    if checker.has(.totalsFromBits) {
      dataCounted = image.bits.below(image.blocks).subtracting(metadata)
        .reduce(0) { $0 + UInt64($1.count) }
    }
    metadataBlocks = counted
    dataBlocks = dataCounted
  }
}

extension MistakenChecker {
  enum Totals {
    case right, wrong, exchanged
  }

  /// VCI-MAP-009, VCI-MAP-010: how the counters compare with what is owned.
  var totals: Totals {
    guard !isDamaged || has(.totalsDamaged) else { return .right }
    let owned = CheckedOwnership(self)
    let hasLeaks = !image.bits.below(image.blocks).subtracting(owned.all).isEmpty
    let (metadata, data) = (image.counters.metadata.rawValue, image.counters.data.rawValue)
    let isLenient = hasLeaks && !has(.totalsEqual) || has(.totalsAtLeast)
    guard !holds(metadata, data, owned, isLenient) else { return .right }
    let isLate = has(.apartWithoutLeak) && hasLeaks
    let isExchanged =
      metadata != data && !isLate
      && holds(data, metadata, owned, isLenient && !has(.apartEqual))
    return isExchanged ? .exchanged : .wrong
  }

  private func holds(
    _ metadata: UInt64, _ data: UInt64, _ owned: CheckedOwnership, _ isLenient: Bool
  ) -> Bool {
    if has(.totalsSum) {
      let (told, right) = (metadata &+ data, owned.metadataBlocks + owned.dataBlocks)
      return isLenient ? told >= right : told == right
    }
    guard isLenient else {
      return takes(.metadata, metadata, for: owned.metadataBlocks)
        && takes(.data, data, for: owned.dataBlocks)
    }
    return takes(.metadata, metadata, forAtLeast: owned.metadataBlocks)
      && takes(.data, data, forAtLeast: owned.dataBlocks)
  }

  /// Returns whether the checker takes the counter for as large as it must be where something
  /// leaks.
  private func takes(_ total: Total, _ counter: UInt64, forAtLeast least: UInt64) -> Bool {
    guard case .total(total, let slip) = mistake else { return counter >= least }
    return switch slip {
    case .dropped, .orLess: true
    case .lax, .orMore: counter >= least
    case .lowBits(let bits): counter & (1 << bits - 1) >= least & (1 << bits - 1)
    }
  }

  /// VCI-OCC-001.
  var leaks: Bool {
    guard !has(.leak), !isDamaged || has(.leakDamaged), !isDirty || !has(.leakOfDirty) else {
      return false
    }
    let owned = CheckedOwnership(self)
    let end = image.blocks
    if has(.leakCounts) {
      return image.bits.count(below: end) > owned.all.count(below: end)
    }
    if has(.leakTotals) {
      let told = image.counters.metadata.rawValue &+ image.counters.data.rawValue
      return image.bits.count(below: end) > told
    }
    if has(.leakBytes) { return leaksBytes(owned, end) }
    let bits = has(.leakReversed) ? image.reversedBits : image.bits
    return !bits.below(limitOfLeaks).subtracting(owned.all).isEmpty
  }

  /// The end of the blocks that are looked at for leaks.
  private var limitOfLeaks: UInt64 {
    let end = image.blocks
    if has(.leakNotLast) { return end - 1 }
    if has(.leakWholeBytes) { return end / 8 * 8 }
    if has(.leakTailByte) { return (end + 7) / 8 * 8 }
    if has(.leakTail) { return image.bitCapacity }
    if has(.leakFirstBlock) { return min(end, 4096) }
    if has(.leakInFile) { return min(end, image.bytes.size / Format.blockSize) }
    return end
  }

  private func leaksBytes(_ owned: CheckedOwnership, _ end: UInt64) -> Bool {
    let bytes = owned.all.runs.map { BlockRange($0.lowerBound / 8..<($0.upperBound + 7) / 8) }
    return !image.touchedBytes.below((end + 7) / 8).subtracting(BlockRuns(bytes)).isEmpty
  }
}
