package import VCIFormat

/// A mistake that is neither a wrong comparison nor a lost bit; its raw value says what the program
/// does.
package enum Habit: String, CaseIterable, Sendable {
  case mapBlocksRoundedDown = "a partial block of the map is left out"
  case mapHeaderNotCounted = "the map's header is not counted"
  case mapBlocksOneMore = "a whole number of blocks gets one more block of the map"
  case elseLeaf = "any type but internal is a leaf"
  case elseInternal = "any type but leaf is internal"
  case typeLowBits = "the two low bits of the type count"
  case endsAtUnused = "entries after an unused one do not exist"
  case skipsUnused = "entries after an unused one count"
  case halfIsUsedByCount = "an entry with a count is used"
  case halfIsUsedByAddress = "an entry with an address is used"
  case halfIsUnused = "a half-zero entry is unused"
  case emptyIsMiss = "an internal node without entries is a gap"
  case startOrder = "only the offsets of neighbours are compared"
  case firstOrder = "only the first two entries are compared"
  case parentCycle = "only the parent is looked for in a cycle"
  case rootCycle = "only the root is looked for in a cycle"
  case noCycle = "a cycle is not looked for"
  case flagsLowBit = "only the lowest flag counts"
  case flagsLowBits = "the highest flag does not count"
  case firstHeldOnly = "only the first thing that a child holds must be in the entry's range"
  case lastHeldOnly = "only the last thing that a child holds must be in the entry's range"
  case reservedRefused = "a nonzero reserved byte is refused"
  case nilUUIDRefused = "a nil image UUID is refused"
  case dirtyRefused = "a dirty image is refused for reading"
  case longFileRefused = "a file that is longer than the cache is refused"
  case shortFixedRefused = "a fixed image's short file is refused"
  case partialBlockRefused = "a file with a partial last block is refused"
  case unalignedRefused = "a cache that is no multiple of 4096 blocks is refused"
  case fileRoundedUp = "a partial last block of the file counts"
  case fileSizeTrusted = "the end of the file is not looked at"
  case hitNotLimited = "a hit goes on after the end of the extent"
  case hitAtStart = "a hit always begins at the start of the extent"
  case hitStep8 = "the distance from the start of the extent has 8 bits"
  case hitStep16 = "the distance from the start of the extent has 16 bits"
  case hitStep31 = "the distance from the start of the extent has 31 bits"
  case missWhole = "a miss is as long as the request"
  case missOfNode = "a miss does not look past its node"
  case missOneMore = "a miss goes one block too far"
  case miss16 = "the length of a miss has 16 bits"
  case miss32 = "the length of a miss has 32 bits"
  case miss54 = "the length of a miss has 54 bits"
  case endHeld = "the block after an extent is held"
  case startNotHeld = "the first block of an extent is not held"
  case lastNotHeld = "the last block of an extent is not held"
  case firstSlotSkipped = "the first slot is never looked at"
  case lastSlotSkipped = "the last slot of a full node is never looked at"
  case lastUsedSkipped = "the last used slot is never looked at"
  case missBetweenWhole = "a miss between entries is as long as the request"
  case gapInEntryRefused = "a gap inside the range of an entry is refused"

  /// The rule for whose sake the table lists the habit; `nil` for one about answers.
  package var rule: Rule? {
    switch self {
    case .mapBlocksRoundedDown, .mapHeaderNotCounted, .mapBlocksOneMore: .mapBlocksFit
    case .elseLeaf, .elseInternal, .typeLowBits: .nodeType
    case .endsAtUnused, .skipsUnused: .nodeEntriesFirst
    case .halfIsUsedByCount, .halfIsUsedByAddress, .halfIsUnused: .nodeEntriesWhole
    case .emptyIsMiss: .internalNodeUsed
    case .startOrder, .firstOrder: .extentOrder
    case .parentCycle, .rootCycle, .noCycle: .nodeNamedOnce
    case .flagsLowBit, .flagsLowBits: .extentFlags
    case .firstHeldOnly, .lastHeldOnly: .childWithinEntry
    case .reservedRefused: .headerReservedZero
    case .nilUUIDRefused: .headerImageUUID
    case .dirtyRefused: .cleanShutdown
    case .longFileRefused: .fileWithinCapacity
    case .shortFixedRefused: .fixedFileFull
    case .partialBlockRefused: .fileSizeWhole
    case .unalignedRefused: .headerBlocksWhole
    case .fileRoundedUp, .fileSizeTrusted: .dataInFile
    case .hitNotLimited, .hitAtStart, .hitStep8, .hitStep16, .hitStep31, .missWhole, .missOfNode,
      .missOneMore, .miss16, .miss32, .miss54, .endHeld, .startNotHeld, .lastNotHeld,
      .firstSlotSkipped, .lastSlotSkipped, .lastUsedSkipped, .missBetweenWhole, .gapInEntryRefused:
      nil
    }
  }
}
