internal import VCIFormat

/// A rule that a check finds broken, and the class that it gives it. Two checkers agree if their
/// sets of these are equal.
struct RuleAndClass: Hashable, Sendable {
  let rule: Rule
  let ruleClass: RuleClass
}

/// A checker with one mistake, or with none, of an image that an open takes.
///
/// It applies the rules that no open and no read needs, to what `CheckedImage` has read. What it
/// finds of the others is given.
struct MistakenChecker {
  let image: CheckedImage
  let mistake: CheckMistake?
  /// The scope of a rule, if that is the mistake.
  let scope: (rule: Rule, scope: Mistake.Scope)?
  /// Whether the tree has a corruption of stage touch.
  let isDamaged: Bool

  var isDirty: Bool { image.header.isDirty }

  /// Returns which of `rules` the checker finds broken, with their classes.
  ///
  /// - Precondition: `rules` are some of `scope`.
  func found(of rules: [Rule]) -> Set<RuleAndClass> {
    Set(
      rules.filter { isBroken($0) }
        .map { RuleAndClass(rule: $0, ruleClass: ruleClass(of: $0)) })
  }

  private func ruleClass(of rule: Rule) -> RuleClass {
    let isBit = rule == .mapHoldsMetadata || rule == .nodeAllocated || rule == .extentAllocated
    let isWrong = isBit && has(.bitsOfDirty) || rule == .blockOwned && has(.leakOfDirtyClass)
    return rule.ruleClass(dirty: isDirty && !isWrong)
  }

  /// The rules that the checker applies.
  static let rules: [Rule] = [
    .fileSizeWhole, .fileWithinCapacity, .fixedFileFull, .headerReservedZero, .headerImageUUID,
    .headerBlocksWhole, .cleanShutdown, .mapFreeCount, .mapTailClear, .mapReservedZero,
    .mapHoldsMetadata, .mapTotals, .mapTotalsApart, .nodeAllocated, .nodeNamedOnce, .nodeApart,
    .nodeRestZero, .leafUsed, .leavesLevel, .extentAllocated, .extentApartFromMetadata,
    .extentApartFromData, .extentReservedZero, .lruList, .lruLinks, .blockOwned,
  ]

  func isBroken(_ rule: Rule) -> Bool {
    switch rule {
    case .fileSizeWhole: hasPartialBlock
    case .fileWithinCapacity: hasLongFile
    case .fixedFileFull: hasShortFile
    case .headerReservedZero: hasHeaderStray
    case .headerImageUUID: hasNoUUID
    case .headerBlocksWhole: hasPartialMap
    case .cleanShutdown: isDirty && !has(.dirty)
    case .mapFreeCount: hasWrongFreeCount
    case .mapTailClear: hasTail
    case .mapReservedZero: hasMapStray
    case .mapHoldsMetadata: lacksBits(ofMetadata: image)
    case .nodeAllocated: nodeLacksBits
    case .extentAllocated: dataLacksBits
    case .mapTotals:
      totals == .wrong || totals == .exchanged && (has(.apartNever) || has(.apartToo))
    case .mapTotalsApart: totals == .exchanged && !has(.apartNever)
    case .nodeNamedOnce: isNodeShared
    case .nodeApart: nodesOverlap
    case .nodeRestZero: hasRest
    case .leafUsed: hasEmptyLeaf
    case .leavesLevel: hasOtherLevel
    case .extentApartFromMetadata: dataOverlapsMetadata
    case .extentApartFromData: dataOverlaps
    case .extentReservedZero: hasReserved
    case .lruList: isListWrong
    case .lruLinks: isLinkWrong
    case .blockOwned: leaks
    default: false
    }
  }

  func has(_ habit: CheckHabit) -> Bool { mistake == .habit(habit) }

  /// Returns whether the checker applies `rule` to the node of a visit as a whole.
  func applies(_ rule: Rule, to visit: Int) -> Bool {
    guard let scope, scope.rule == rule, !scope.scope.isOfSlots else { return true }
    return scope.scope.covers(level: image.visits[visit].level, slot: 0, capacity: 1)
  }

  /// Returns whether the checker applies `rule` to a slot of the node of a visit.
  func applies(_ rule: Rule, to visit: Int, _ slot: Int) -> Bool {
    guard let scope, scope.rule == rule else { return true }
    let capacity = image.visits[visit].node?.kind.capacity ?? 1
    return scope.scope.covers(level: image.visits[visit].level, slot: slot, capacity: capacity)
  }
}

extension MistakenChecker {
  private var size: UInt64 { image.bytes.size }

  /// VCI-FILE-002.
  private var hasPartialBlock: Bool {
    !has(.partialBlock) && size % (has(.partialBlock256) ? 256 : Format.blockSize) != 0
  }

  /// The cache's bytes, as the checker counts them for VCI-FILE-003 and VCI-FILE-004.
  private func capacity(_ wraps: CheckHabit) -> UInt64 {
    has(wraps) ? image.header.blocks.bytes & 0xffff_ffff : image.header.blocks.bytes
  }

  /// VCI-FILE-003.
  private var hasLongFile: Bool {
    let capacity = capacity(.longFileWraps)
    if has(.longFile) { return false }
    if has(.longFileByte) { return size > capacity + 1 }
    if has(.longFileBlocks) { return size / Format.blockSize > image.blocks }
    if has(.longFile4096) { return size > (image.blocks + 4095) / 4096 * 4096 * Format.blockSize }
    return has(.fullFile) ? size >= capacity : size > capacity
  }

  /// VCI-FILE-004.
  private var hasShortFile: Bool {
    let capacity = capacity(.shortFixedWraps)
    guard image.header.cacheType == 2 || has(.shortDynamic), !has(.shortFixed) else { return false }
    if has(.shortFixedByte) { return size + 1 < capacity }
    if has(.shortFixedBlocks) { return (size + 511) / Format.blockSize < image.blocks }
    return has(.fullFixed) ? size <= capacity : size < capacity
  }

  /// VCI-HDR-010.
  private var hasHeaderStray: Bool {
    let start = Field.headerReserved.offset
    var first = start
    var end = has(.headerReservedSector) ? Int(Format.blockSize) : Format.headerSize
    if has(.headerReservedFirst) { first += 1 }
    if has(.headerReservedLast) { end -= 1 }
    guard !has(.headerReserved) else { return false }
    return hasNonzero(first..<end, from: 0)
  }

  /// VCI-MAP-007.
  private var hasMapStray: Bool {
    let start = Field.mapReserved.offset
    let first = start + (has(.mapReservedFirst) ? 1 : 0)
    let end = Format.mapHeaderSize - (has(.mapReservedLast) ? 1 : 0)
    return !has(.mapReserved) && hasNonzero(first..<end, from: image.header.blockMap.bytes)
  }

  private func hasNonzero(_ range: Range<Int>, from start: UInt64) -> Bool {
    image.bytes.bytes(at: start + UInt64(range.lowerBound), count: range.count)
      .contains { $0 != 0 }
  }

  /// VCI-HDR-011.
  private var hasNoUUID: Bool {
    let start = Field.imageUUID.offset
    if has(.imageUUID) { return false }
    if has(.imageUUIDLow) { return !hasNonzero(start + 8..<start + 16, from: 0) }
    if has(.imageUUIDHigh) { return !hasNonzero(start..<start + 8, from: 0) }
    if has(.modificationUUID), image.header.modificationUUID == .nil { return true }
    return image.header.imageUUID == .nil
  }

  /// VCI-HDR-012.
  private var hasPartialMap: Bool {
    let unit: UInt64 = has(.whole8) ? 8 : has(.whole512) ? 512 : 4096
    return !has(.whole) && image.blocks % unit != 0
  }
}
